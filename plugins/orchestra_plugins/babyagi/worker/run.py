"""Chooses the engine that a configuration names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context, Request


def run(request: Request, context: Context) -> dict[str, Any]:
    """Work on the objective, or on the task that this run was given; the output has the `answer`."""
    objective = objective_of(request)
    if request.configuration["engine"] == "functionz":
        from .functionz import work
    else:
        from .task_loop import work
    return work(objective, request.configuration, context)


def objective_of(request: Request) -> str:
    for name in ("task", "objective"):
        given = request.input.get(name)
        if isinstance(given, str) and given.strip():
            return given
    return str(request.configuration["objective"])
