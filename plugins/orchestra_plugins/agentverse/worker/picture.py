"""Tells the shape of what is about to run, for who wants to draw it; pure but for the event."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context


def picture_of_simulation(names: Sequence[str], order: str, context: Context) -> None:
    """Write the event `graph`: in turn, from the first in a classroom, and otherwise each with each."""
    if order == "sequential":
        pairs = [*pairwise(names), *([(names[-1], names[0])] if len(names) > 1 else [])]
    elif order == "classroom":
        pairs = [pair for name in names[1:] for pair in ((names[0], name), (name, names[0]))]
    else:
        pairs = [(one, other) for one in names for other in names if one != other]
    _tell("Simulation", names, [{"source": one, "target": other} for one, other in pairs], context)


def picture_of_stages(stages: Sequence[str], context: Context) -> None:
    """Write the event `graph`: one stage after the other, and from the last to the first if it was not accepted."""
    edges: list[dict[str, Any]] = [{"source": one, "target": other} for one, other in pairwise(stages)]
    edges.append({"source": stages[-1], "target": stages[0], "label": "not accepted", "conditional": True})
    _tell("Task solving", stages, edges, context)


def _tell(name: str, nodes: Sequence[str], edges: Sequence[dict[str, Any]], context: Context) -> None:
    context.emit("graph", name, nodes=[{"id": node, "name": node} for node in nodes], edges=list(edges))
