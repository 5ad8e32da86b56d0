"""Runs one agent or society to its end."""

# CAMEL is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from camel.agents import ChatAgent
from camel.societies import RolePlaying

from . import projects, role_playing, threads, workforces
from .agents import Maker
from .models import Gateway, options_of
from .picture import picture_of
from .seams import open_seams
from .watch import Watch

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context, Request

_SOFT_SECONDS = 1.0  # a turn that is under way may end, but no later than this


async def run(request: Request, context: Context) -> dict[str, Any]:
    """Run what the configuration describes; the output has `answer`, and what else its kind of society gives."""
    context.count_tokens_offline()
    watch = Watch(context)
    open_seams(watch)
    work = asyncio.ensure_future(_run(request, watch))
    context.on_cancel(_stopper(watch, work))
    try:
        output = await watch.over(work)
    except asyncio.CancelledError:
        if not context.cancelled:
            context.fail("The agent's work was broken off from within.")
        raise
    if context.cancelled:
        raise asyncio.CancelledError
    return output


def _stopper(watch: Watch, work: asyncio.Task[Any]) -> Callable[[], None]:
    """CAMEL's own way, and soon afterwards what waits all the same."""
    loop = asyncio.get_running_loop()

    def ask() -> None:
        watch.ask_to_stop()
        loop.call_soon_threadsafe(loop.call_later, _SOFT_SECONDS, work.cancel)

    return ask


async def _run(request: Request, watch: Watch) -> dict[str, Any]:
    configuration, task = request.configuration, _task_of(request)
    society = configuration["society"]
    is_own = society["kind"] == "project"
    wrong = (ValueError,) if is_own else (ValueError, TypeError)
    gateway = Gateway(watch)
    gateway.take_all(configuration.get("model") if is_own else None, options_of(configuration))
    async with contextlib.AsyncExitStack() as stack:
        try:
            made = await _made(society, request, task, gateway, stack)
        except ImportError as error:
            watch.context.fail(f"A module that the agent needs is not there: {error}.", failure="environment")
        except wrong as error:  # CAMEL's words for it, or ours
            watch.context.fail(f"The agents cannot be made as configured: {error}", failure="configuration")
        if isinstance(made, projects.Call):
            made = await made.made()
        if not isinstance(made, projects.RUNNABLE):
            return _output_of(made)
        return await _to_the_end(made, society, request, task, watch)


async def _made(
    society: Mapping[str, Any], request: Request, task: str, gateway: Gateway, stack: contextlib.AsyncExitStack
) -> Any:
    configuration, context = request.configuration, gateway.watch.context
    if society["kind"] == "project":
        project = configuration.get("project", "")
        return await projects.loaded(society, project, task, request.input, context)
    shared: list[Any] = []
    if servers := configuration.get("mcp_servers"):
        from .mcp import tools_of

        shared = await tools_of(servers, context, stack)
    make = Maker(configuration, gateway, shared)
    if society["kind"] == "ChatAgent":
        return make.agent(society, society.get("name") or "assistant")
    if society["kind"] == "RolePlaying":
        return await role_playing.made_of(society, task, make)
    return workforces.made_of(society, make)


async def _to_the_end(
    made: Any, society: Mapping[str, Any], request: Request, task: str, watch: Watch
) -> dict[str, Any]:
    if not task and not isinstance(made, RolePlaying):
        watch.context.fail("There is no task: give one in the configuration or the input.", failure="configuration")
    if task:
        watch.context.message(task, role="user")
    if isinstance(made, ChatAgent):
        return await _answered(made, task, request, watch)
    picture_of(made, watch.context)
    with watch.context.step(type(made).__name__, type="agent"):
        if isinstance(made, RolePlaying):
            output = await role_playing.played(made, int(society.get("max_turns", role_playing.MOST_TURNS)))
        else:
            output = await workforces.worked(made, task, watch)
        watch.check()  # whoever was asked to stop has ended early
        return output


async def _answered(agent: ChatAgent, task: str, request: Request, watch: Watch) -> dict[str, Any]:
    thread, folder = str(request.input.get("thread") or ""), watch.context.agent_folder
    if agent.stop_event is None:
        agent.stop_event = watch.stop
    if thread:
        threads.restore(agent, thread, folder)
    response = await agent.astep(task)
    if thread and not watch.stop.is_set():
        threads.keep(agent, thread, folder)
    return _output_of(response)


def _output_of(made: Any) -> dict[str, Any]:
    """`answer`, and what a function of a project's own gave besides."""
    if hasattr(made, "msgs") and hasattr(made, "info"):  # an agent's response
        reasons = made.info.get("termination_reasons") if made.terminated else None
        answer = "\n\n".join(one.content for one in made.msgs or () if one.content)
        return {"answer": answer, **({"stopReason": str(reasons)} if reasons else {})}
    if isinstance(made, Mapping):
        return {"answer": "", **made}
    return {"answer": "" if made is None else str(made)}


def _task_of(request: Request) -> str:
    return str(request.input.get("task") or request.configuration.get("task") or "")
