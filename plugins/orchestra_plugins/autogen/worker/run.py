"""Runs one agent or team to its end."""

# AutoGen is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from autogen_agentchat.base import TaskResult
from autogen_agentchat.conditions import ExternalTermination
from autogen_core import CancellationToken

from . import components, teams, threads
from .events import Events
from .outputs import output_of
from .picture import picture_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from orchestra.worker.adapter import Context, Request

_TURN_SECONDS = 1.0  # a speaker who is asked to stop may end the turn, but no longer than this


async def run(request: Request, context: Context) -> dict[str, Any]:
    """Run what the configuration describes; the output has `answer`, `stopReason` and `messages`, their number."""
    try:
        return await _run(request, context)
    except BaseExceptionGroup as group:  # MCP sessions put what is raised beside them into groups
        raise _innermost(group) from None


def _innermost(error: BaseException) -> BaseException:
    return _innermost(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


async def _run(request: Request, context: Context) -> dict[str, Any]:
    configuration = request.configuration
    stop = ExternalTermination()
    async with contextlib.AsyncExitStack() as stack:
        try:
            if configuration.get("component"):
                runnable = await components.loaded(configuration["component"], context)
            else:
                runnable = await teams.made_of(configuration, context, stop, stack)
        except ImportError as error:
            context.fail(f"A module that the agent needs is not there: {error}.", failure="environment")
        except (
            ValueError,
            TypeError,
            AttributeError,
            NotImplementedError,
        ) as error:  # AutoGen's words for what is wrong
            context.fail(f"The agents cannot be made as configured: {error}", failure="configuration")
        picture_of(configuration, context)
        return await _to_the_end(runnable, request, context, stop)


async def _to_the_end(runnable: Any, request: Request, context: Context, stop: ExternalTermination) -> dict[str, Any]:
    token = CancellationToken()
    context.on_cancel(_stopper(stop, token))
    events = Events(context, getattr(runnable, "name", None) or "agent")
    thread = request.input.get("thread")
    if thread:
        await threads.restore(runnable, str(thread), context.agent_folder)
    try:
        result = await _followed(runnable, _task_of(request), token, events, context)
    except BaseException:
        events.close("cancelled" if context.cancelled else "failed")
        raise
    events.close("completed")
    if context.cancelled:
        raise asyncio.CancelledError
    if thread:
        await threads.keep(runnable, str(thread), context.agent_folder)
    return output_of(result, request.configuration.get("termination_text") or "")


async def _followed(
    runnable: Any, task: str | None, token: CancellationToken, events: Events, context: Context
) -> TaskResult | None:
    result: TaskResult | None = None
    try:
        async for item in runnable.run_stream(task=task, cancellation_token=token):
            if isinstance(item, TaskResult):
                result = item
            else:
                events.see(item)
    except RuntimeError as error:  # a team wraps what was raised in it, with its traceback as text
        if context.cancelled:
            raise asyncio.CancelledError from None
        context.log(str(error), level="ERROR")
        context.fail(str(error).partition("\nTraceback")[0].strip()[:4000])
    return result


def _stopper(stop: ExternalTermination, token: CancellationToken) -> Callable[[], None]:
    """AutoGen's own two ways: end after the turn, and soon afterwards whatever waits. Only its token wakes a team."""
    loop = asyncio.get_running_loop()

    def ask() -> None:
        stop.set()
        loop.call_later(_TURN_SECONDS, token.cancel)

    return lambda: _start(loop, ask)


def _start(loop: asyncio.AbstractEventLoop, ask: Callable[[], None]) -> None:
    loop.call_soon_threadsafe(ask)


def _task_of(request: Request) -> str | None:
    task = request.input.get("task") or request.configuration.get("task")
    return str(task) if task else None
