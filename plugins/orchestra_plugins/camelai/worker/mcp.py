"""Opens servers of the Model Context Protocol and takes their tools; a program is started only with a person's yes."""

# CAMEL is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from camel.utils.mcp_client import create_mcp_client

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_CALL_SECONDS = 300.0  # for one call of a tool


async def tools_of(
    servers: Sequence[Mapping[str, Any]], context: Context, stack: contextlib.AsyncExitStack
) -> list[Any]:
    """The tools of all servers, whose connections end with the stack."""
    tools: list[Any] = []
    for server in servers:
        described = await _described(server, context)
        try:
            client = await stack.enter_async_context(create_mcp_client(described, timeout=_CALL_SECONDS))
            tools += client.get_tools()
        except Exception as error:
            raise ValueError(f"The MCP server '{server['name']}' could not be used: {error}") from error
    return tools


async def _described(server: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """As CAMEL, and Claude Desktop's file of servers, have it."""
    if server["transport"] == "stdio":
        env = await context.allow_server(server)
        command = {"command": server["command"], "args": list(server.get("args", ())), "env": env}
        return {"type": "stdio", **command}
    authorization = server.get("authorization")
    headers = {"Authorization": authorization} if authorization else {}
    return {"type": "streamable_http", "url": server["url"], "headers": headers}
