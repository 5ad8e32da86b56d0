"""Runs one graph to its end: asks people what it asks, and goes on."""

# LangGraph is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from langgraph.errors import GraphDrained, GraphRecursionError
from langgraph.runtime import RunControl
from langgraph.types import Command

from . import agent, inputs, outputs, projects, questions, threads
from .picture import picture_of
from .steps import Steps
from .updates import Updates

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context, Request

_MODES = ["messages", "updates", "custom", "values"]  # "messages" has the models stream; Steps hears their pieces


async def run(request: Request, context: Context) -> dict[str, Any]:
    """Run the graph that the configuration makes or names; the output has `answer`, and `state`."""
    try:
        return await _run(request, context)
    except BaseExceptionGroup as group:  # MCP sessions put what is raised beside them into groups
        raise _innermost(group) from None


def _innermost(error: BaseException) -> BaseException:
    return _innermost(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


async def _run(request: Request, context: Context) -> dict[str, Any]:
    async with contextlib.AsyncExitStack() as stack:
        try:
            graph = await _graph_of(request, context, stack)
        except ValueError as error:  # what the agent was given cannot be used, and the error says what
            context.fail(str(error), failure="configuration")
        except ImportError as error:
            context.fail(f"A module that the agent needs is not there: {error}.", failure="environment")
        given = await inputs.given_to(request, graph)
        saver = await threads.saver_for(given.thread, context.agent_folder, stack)
        graph = threads.with_saver(graph, saver, is_lasting=given.thread is not None)
        return await _Run(graph, request, context, given).to_the_end()


async def _graph_of(request: Request, context: Context, stack: contextlib.AsyncExitStack) -> Any:
    if request.configuration.get("graph"):
        return await projects.graph_of(request.configuration, context, stack)
    return await agent.agent_of(request.configuration, context, stack)


class _Run:
    def __init__(self, graph: Any, request: Request, context: Context, given: inputs.Given) -> None:
        self._graph = graph
        self._context = context
        self._given = given
        self._control = RunControl()
        self._steps = Steps(context)
        self._updates = Updates(context, self._steps)
        self._last: Any = None
        self._limit = int(request.configuration.get("recursion_limit", 250))
        run_id = threads.run_id()
        self._config: dict[str, Any] = {
            "configurable": {**request.configuration.get("configurable", {}), "thread_id": given.thread or run_id},
            "metadata": {threads.RUN: run_id},
            "recursion_limit": self._limit,
            "callbacks": [self._steps],
        }

    async def to_the_end(self) -> dict[str, Any]:
        """The output; the steps that it began are ended, however it goes."""
        self._context.on_cancel(self._stop_softly)
        picture_of(self._graph, self._context)
        try:
            await self._go_on(await self._beginning())
        except GraphDrained:
            raise asyncio.CancelledError from None
        except GraphRecursionError:
            self._context.fail(f"The graph had not ended after {self._limit} steps, its recursion limit.")
        finally:
            self._steps.close()
        if self._context.cancelled:
            raise asyncio.CancelledError
        return outputs.output_of(self._last)

    async def _beginning(self) -> Any:
        """What to start with: the input, or None to go on where the thread was left."""
        state = await self._graph.aget_state(self._config) if self._given.thread is not None else None
        if state is None or not state.next:
            return self._given.value
        if (state.metadata or {}).get(threads.RUN) == threads.run_id():
            self._context.log("An attempt before this one left its checkpoint; the graph goes on from there.")
        elif not self._given.is_empty:
            return self._given.value
        self._last = state.values
        return Command(resume=await self._answers(state.interrupts)) if state.interrupts else None

    async def _go_on(self, value: Any) -> None:
        while True:
            await self._stream(value)
            state = await self._graph.aget_state(self._config)
            if not state.interrupts or self._context.cancelled:
                return
            value = Command(resume=await self._answers(state.interrupts))

    async def _answers(self, interrupts: Any) -> Any:
        if len(interrupts) == 1:
            return await questions.answer_to(interrupts[0].value, self._context)
        return {one.id: await questions.answer_to(one.value, self._context) for one in interrupts}

    async def _stream(self, value: Any) -> None:
        stream = self._graph.astream(
            value,
            self._config,
            stream_mode=_MODES,
            subgraphs=True,
            control=self._control,
            # Without a thread, checkpoints are for questions alone; with one, a crash loses no node that had ended.
            durability="exit" if self._given.thread is None else "sync",
        )
        async for namespace, mode, payload in stream:
            if mode == "updates":
                self._updates.see(payload)
            elif mode == "custom":
                self._updates.see_custom(payload)
            elif mode == "values" and not namespace:
                self._last = payload

    def _stop_softly(self) -> None:
        """The graph ends after the nodes that are under way, and its checkpoint knows what would have come next."""
        self._control.request_drain("The run was asked to stop.")
