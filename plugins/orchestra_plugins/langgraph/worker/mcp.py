"""Opens servers of the Model Context Protocol and takes their tools; a program is started only with a person's yes."""

# LangGraph is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.tools import BaseTool
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.tools import load_mcp_tools

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context


async def tools_of(
    servers: Sequence[Mapping[str, Any]], context: Context, stack: contextlib.AsyncExitStack
) -> list[BaseTool]:
    """The tools of all servers, whose sessions end with the stack."""
    tools: list[BaseTool] = []
    for server in servers:
        client = MultiServerMCPClient({server["name"]: await _connection(server, context)})
        try:
            session = await stack.enter_async_context(client.session(server["name"]))
            tools += await load_mcp_tools(session)
        except Exception as error:
            raise ValueError(f"The MCP server '{server['name']}' could not be used: {_first(error)}") from error
    return tools


async def _connection(server: Mapping[str, Any], context: Context) -> Any:
    if server["transport"] == "stdio":
        env = await context.allow_server(server)
        return {"transport": "stdio", "command": server["command"], "args": list(server.get("args", ())), "env": env}
    authorization = server.get("authorization")
    headers = {"headers": {"Authorization": authorization}} if authorization else {}
    return {"transport": "streamable_http", "url": server["url"], **headers}


def _first(error: BaseException) -> str:
    """The innermost of a group's errors, which says more than the group."""
    while inner := getattr(error, "exceptions", None):
        error = inner[0]
    return f"{type(error).__name__}: {error}"
