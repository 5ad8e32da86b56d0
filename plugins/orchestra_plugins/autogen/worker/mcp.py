"""Opens servers of the Model Context Protocol and takes their tools; a program is started only with a person's yes."""

# AutoGen is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autogen_ext.tools.mcp import (
    StdioServerParams,
    StreamableHttpServerParams,
    create_mcp_server_session,
    mcp_server_tools,
)

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_CALL_SECONDS = 300.0  # for one call of a tool; AutoGen's own five are too few for real work


async def tools_of(
    servers: Sequence[Mapping[str, Any]], context: Context, stack: contextlib.AsyncExitStack
) -> list[Any]:
    """The tools of all servers, whose sessions end with the stack."""
    tools: list[Any] = []
    for server in servers:
        parameters = await _parameters(server, context)
        try:
            async with contextlib.AsyncExitStack() as opening:  # a connection's own failure comes when it is closed
                session = await opening.enter_async_context(create_mcp_server_session(parameters))
                await session.initialize()
                tools += await mcp_server_tools(parameters, session)
                stack.push_async_exit(opening.pop_all())
        except Exception as error:
            raise ValueError(f"the MCP server '{server['name']}' could not be used: {_first(error)}") from error
    return tools


async def _parameters(server: Mapping[str, Any], context: Context) -> Any:
    if server["transport"] == "stdio":
        return StdioServerParams(
            command=server["command"],
            args=list(server.get("args", ())),
            env=await context.allow_server(server) or None,
            read_timeout_seconds=_CALL_SECONDS,
        )
    authorization = server.get("authorization")
    headers = {"Authorization": authorization} if authorization else None
    return StreamableHttpServerParams(url=server["url"], headers=headers)


def _first(error: BaseException) -> str:
    """The innermost of a group's errors, which says more than the group."""
    while inner := getattr(error, "exceptions", None):
        error = inner[0]
    return f"{type(error).__name__}: {error}"
