"""Chooses the engine that a run asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context, Request


def run(request: Request, context: Context) -> Any:
    """The data agent's output, or the coroutine of a network that gives its own."""
    task = task_of(request)
    if not task.strip():
        context.fail("There is no task: give the run one, or the agent.", failure="configuration")
    if request.configuration["engine"] == "network":
        from .network.engine import run_network

        return run_network(request.configuration, task, context)
    from .data_agent.loop import DataAgent

    return DataAgent(request.configuration, task, request.input, context).work()


def task_of(request: Request) -> str:
    given = request.input.get("task")
    return given if isinstance(given, str) and given.strip() else str(request.configuration.get("task") or "")
