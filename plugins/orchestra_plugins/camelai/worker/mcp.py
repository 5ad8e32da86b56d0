"""Opens servers of the Model Context Protocol and takes their tools; a program is started only with a person's yes."""

# CAMEL is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from camel.toolkits import MCPToolkit

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_CALL_SECONDS = 300.0  # for one call of a tool


async def tools_of(
    servers: Sequence[Mapping[str, Any]], context: Context, stack: contextlib.AsyncExitStack
) -> list[Any]:
    """The tools of all servers, whose connections end with the stack."""
    tools: list[Any] = []
    for server in servers:
        described = {"mcpServers": {server["name"]: await _described(server, context)}}
        try:
            kit = MCPToolkit(config_dict=described, skip_failed=False, max_retries=0)
            await stack.enter_async_context(kit)
        except Exception as error:
            raise ValueError(f"The MCP server '{server['name']}' could not be used: {error}") from error
        tools += kit.get_tools()
    return tools


async def _described(server: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """As Claude Desktop's file of servers has it, which CAMEL reads."""
    if server["transport"] == "stdio":
        env = await context.allow_server(server)
        command = {"command": server["command"], "args": list(server.get("args", ())), "env": env}
        return {"type": "stdio", **command, "timeout": _CALL_SECONDS}
    authorization = server.get("authorization")
    headers = {"Authorization": authorization} if authorization else {}
    return {"type": "streamable_http", "url": server["url"], "headers": headers, "timeout": _CALL_SECONDS}
