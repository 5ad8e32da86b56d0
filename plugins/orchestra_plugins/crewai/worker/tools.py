"""Makes CrewAI's tools of functions, and of servers of the Model Context Protocol."""

# CrewAI is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import inspect
import shlex
import threading
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from crewai.mcp.config import MCPServerHTTP, MCPServerSSE, MCPServerStdio
from crewai.mcp.tool_resolver import MCPToolResolver
from crewai.tools import BaseTool, tool

from .stopping import Ended, Stopping

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context


def tools_of(names: Sequence[str], project: str, context: Context) -> list[BaseTool]:
    """Tools by the names of built-in ones and of functions in the project; ValueError says what cannot be one."""
    return [_as_tool(one) for one in context.tools(names, project)]


def _as_tool(found: Any) -> BaseTool:
    if isinstance(found, BaseTool):
        return found
    if isinstance(found, type) and issubclass(found, BaseTool):
        return found()  # pyright: ignore[reportCallIssue] - a tool's class, made as it is
    if not inspect.getdoc(found):
        raise ValueError(f"the function '{getattr(found, '__name__', found)}' needs a docstring: models read it.")
    made: BaseTool = tool(found.__name__)(found)
    made.cache_function = lambda *_: False  # the same call may well give something else a moment later
    return made


def mcp_tools(servers: Sequence[Mapping[str, Any]], context: Context) -> list[BaseTool]:
    """The tools of all servers; ValueError names one that cannot be used."""
    return [one for server in servers for one in _tools_of_server(server, context)]


def _tools_of_server(server: Mapping[str, Any], context: Context) -> list[BaseTool]:
    log = SimpleNamespace(log=lambda level, message, color=None: context.log(str(message), level=level.upper()))
    resolver = MCPToolResolver(agent=None, logger=log)
    try:
        found = resolver.resolve([_configured(server)])
    except Exception as error:
        raise ValueError(f"the MCP server '{server['name']}' could not be used: {_innermost(error)}") from error
    for one in found:
        one.name = getattr(one, "original_tool_name", one.name)  # without the whole command before it
    return found


def _configured(server: Mapping[str, Any]) -> MCPServerStdio | MCPServerHTTP | MCPServerSSE:
    if server["transport"] == "stdio":
        return MCPServerStdio(command=server["command"], args=list(server.get("args", ())))
    authorization = server.get("authorization")
    headers = {"Authorization": authorization} if authorization else None
    return MCPServerHTTP(url=server["url"], headers=headers)


def ask_before_programs(context: Context, stopping: Stopping) -> None:
    """No program of an MCP server is started before a person has seen its whole command and allowed it."""
    allowed: set[str] = set()
    asking = threading.Lock()
    create = MCPToolResolver._create_transport  # pyright: ignore[reportPrivateUsage]

    def create_if_allowed(config: Any) -> Any:
        if isinstance(config, MCPServerStdio):
            command = shlex.join([config.command, *config.args])
            with asking:
                if command not in allowed and not _is_allowed(command, context):
                    stopping.end(Ended(f"This program was not allowed to start: {command}", failure="configuration"))
                if stopping.ended is not None:
                    raise stopping.ended
                allowed.add(command)
        return create(config)

    MCPToolResolver._create_transport = staticmethod(create_if_allowed)  # pyright: ignore[reportPrivateUsage]


def _is_allowed(command: str, context: Context) -> bool:
    """Asked in a thread of its own, because a loop may run in this one."""
    answers: list[bool] = []

    def ask() -> None:
        answers.append(asyncio.run(_approve(command, context)))

    asked = threading.Thread(target=ask, daemon=True)
    asked.start()
    while asked.is_alive():
        asked.join(0.2)
        if context.cancelled:
            raise Ended(None)
    return bool(answers) and answers[0]


async def _approve(command: str, context: Context) -> bool:
    return await context.approve("May a server of tools (MCP) be started by this command?", command)


def _innermost(error: BaseException) -> str:
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"
