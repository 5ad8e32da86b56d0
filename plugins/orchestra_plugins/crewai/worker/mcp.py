"""Opens servers of the Model Context Protocol by CrewAI's own means; a program is started only with a person's yes."""

# CrewAI is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from crewai.mcp import client, tool_resolver
from crewai.mcp.config import MCPServerHTTP, MCPServerStdio
from crewai.mcp.tool_resolver import MCPToolResolver
from crewai.mcp.transports import http
from crewai.tools import BaseTool

from .stopping import Ended, Stopping

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_LOOK_SECONDS = 0.2


class Servers:
    """Those of the configuration, and those that a project's own agents name."""

    def __init__(self, context: Context, stopping: Stopping) -> None:
        self._context = context
        self._stopping = stopping
        self._asking = threading.Lock()
        self._allowed: set[tuple[str, ...]] = set()

    def watch(self) -> None:
        """From now on CrewAI, which starts a program anew for each call of a tool, starts none that was not allowed."""
        for module in (client, http, tool_resolver):
            module.asyncio = _OneTask()  # pyright: ignore[reportAttributeAccessIssue]
        create = MCPToolResolver._create_transport  # pyright: ignore[reportPrivateUsage]

        def create_if_allowed(config: Any) -> Any:
            if isinstance(config, MCPServerStdio):
                self._allow(_as_asked_for(config))
            return create(config)

        MCPToolResolver._create_transport = staticmethod(create_if_allowed)  # pyright: ignore[reportPrivateUsage]

    def tools_of(self, servers: Sequence[Mapping[str, Any]]) -> list[BaseTool]:
        """The tools of all these; ValueError names a server that cannot be used."""
        return [one for server in servers for one in self._tools_of(server)]

    def _tools_of(self, server: Mapping[str, Any]) -> list[BaseTool]:
        log = SimpleNamespace(log=lambda level, message, color=None: self._context.log(str(message), level="DEBUG"))
        if server["transport"] == "stdio":
            self._allow(server)
        try:
            found = MCPToolResolver(agent=None, logger=log).resolve([_configured(server)])
        except Exception as error:
            raise ValueError(f"the MCP server '{server['name']}' could not be used: {_innermost(error)}") from error
        for one in found:
            one.name = getattr(one, "original_tool_name", one.name)  # without the whole command before it
        return found

    def _allow(self, server: Mapping[str, Any]) -> None:
        """Return once a person has allowed the program, now or before; Ended if not."""
        asked_for = (*(one["name"] for one in server.get("env", ())), server["command"], *server.get("args", ()))
        with self._asking:
            if asked_for not in self._allowed:
                self._ask(server)
                self._allowed.add(asked_for)

    def _ask(self, server: Mapping[str, Any]) -> None:
        """In a thread of its own, because a loop may run in this one."""
        asking = _Asking(self._context, server)
        while asking.is_alive():
            asking.join(_LOOK_SECONDS)
            if self._stopping.ended is not None:
                raise self._stopping.ended
        if asking.raised is not None:
            reason = getattr(asking.raised, "reason", None) or str(asking.raised)
            self._stopping.end(Ended(reason, getattr(asking.raised, "failure", "configuration")))
            raise self._stopping.ended or asking.raised


class _OneTask:
    """asyncio for CrewAI's client: before Python 3.12, `wait_for` makes a task, and an anyio group dies with that."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def wait_for(self, awaited: Any, timeout: float | None) -> Any:  # noqa: ASYNC109 - as asyncio has it
        async with asyncio.timeout(timeout):
            return await awaited


class _Asking(threading.Thread):
    def __init__(self, context: Context, server: Mapping[str, Any]) -> None:
        super().__init__(daemon=True)
        self._context = context
        self._server = server
        self.raised: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            asyncio.run(self._allowed())
        except BaseException as error:  # noqa: BLE001 - who waits for the answer raises it
            self.raised = error

    async def _allowed(self) -> None:
        await self._context.allow_server(self._server)


def _configured(server: Mapping[str, Any]) -> MCPServerStdio | MCPServerHTTP:
    if server["transport"] == "stdio":
        env = {one["name"]: one["value"] for one in server.get("env", ())}
        return MCPServerStdio(command=server["command"], args=list(server.get("args", ())), env=env or None)
    authorization = server.get("authorization")
    headers = {"Authorization": authorization} if authorization else None
    return MCPServerHTTP(url=server["url"], headers=headers)


def _as_asked_for(config: MCPServerStdio) -> dict[str, Any]:
    """A project's own server, in the words in which people are asked for one."""
    env = [{"name": name, "value": value} for name, value in (config.env or {}).items()]
    return {"name": PurePath(config.command).name, "command": config.command, "args": config.args, "env": env}


def _innermost(error: BaseException) -> str:
    """What it came of at first, which says more than what was made of it."""
    met: list[BaseException] = []
    while error not in met:
        met.append(error)
        inner = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else error.__cause__ or error.__context__
        error = inner or error
    return f"{type(error).__name__}: {error}"
