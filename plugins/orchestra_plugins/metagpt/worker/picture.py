"""Tells who waits for whom in a team, for who wants to draw it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .said import short_name

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_USER = "user"
_IDEA = "UserRequirement"
# The actions of the company's Engineer and QaEngineer that these make only when they need them.
_MADE_LATER = {"Engineer": ("SummarizeCode", "WriteCodeReview"), "QaEngineer": ("RunCode", "DebugError")}


def picture_of(roles: Sequence[Any], context: Context) -> None:
    """Write the event `graph`: an edge for each action of one role that another one watches."""
    nodes = [{"id": _USER, "name": "Idea"}, *({"id": role.name, "name": role.name} for role in roles)]
    context.emit("graph", "Team", nodes=nodes, edges=list(_edges(roles)))


def _edges(roles: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for role in roles:
        for action in sorted({short_name(watched) for watched in role.rc.watch}):
            if action == _IDEA:
                yield {"source": _USER, "target": role.name}
            for other in roles:
                if other is not role and action in _actions_of(other):
                    yield {"source": other.name, "target": role.name, "label": action}


def _actions_of(role: Any) -> set[str]:
    kind = type(role).__name__
    return {type(action).__name__ for action in role.actions} | set(_MADE_LATER.get(kind, ()))
