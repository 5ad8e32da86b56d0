"""Makes a crew's inputs of a run's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestra.worker.adapter import Request

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def inputs_of(request: Request, own: Mapping[str, Any]) -> dict[str, Any]:
    """The project's own inputs, over them the agent's that are not empty, over all the run's."""
    configured = request.configuration.get("inputs") or {}
    chosen = {name: value for name, value in configured.items() if value not in ("", None)}
    return {**own, **chosen, **request.input}


def missing_from(crew: Any, inputs: Mapping[str, Any]) -> list[str]:
    """The placeholders that nothing fills; of a crew that makes its inputs itself, nothing can be said."""
    if getattr(crew, "before_kickoff_callbacks", None):
        return []
    names = {name for name in crew.fetch_inputs() if _NAME.fullmatch(name)}
    return sorted(names - inputs.keys())


def has_place_for_task(crew: Any, inputs: Mapping[str, Any]) -> bool:
    """Whether a run's `task` is used: as a placeholder, or else in place of the only task's description."""
    if "task" not in inputs or "task" in crew.fetch_inputs():
        return True
    if len(crew.tasks) == 1:
        crew.tasks[0].description = "{task}"  # filled in later, so that braces in it mean nothing
        return True
    return bool(getattr(crew, "before_kickoff_callbacks", None))
