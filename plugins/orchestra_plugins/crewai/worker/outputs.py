"""Makes a run's output of what a crew or a flow came to."""

from __future__ import annotations

import json
from typing import Any

from .plain import plain, words

_MOST_CHARACTERS = 1_000_000  # of what is beside the answer, as JSON; what is more stays in the run's events
_ANSWERS = ("answer", "output", "result", "report", "response", "text")


def output_of(result: Any, runnable: Any) -> dict[str, Any]:
    """`answer`, a text; of a crew `tasks` and, if it came in a shape, `json`; of a flow `state`."""
    if hasattr(result, "tasks_output"):
        return _of_crew(result, {})
    state = getattr(runnable, "state", None)
    beside = {"state": _without_id(plain(state))} if state is not None else {}
    if hasattr(result, "raw"):
        return {"answer": str(result.raw), **_if_small(beside)}
    return {"answer": _answer(result, beside.get("state")), **_if_small(beside)}


def _of_crew(result: Any, beside: dict[str, Any]) -> dict[str, Any]:
    tasks = [
        {"name": str(one.name or one.description)[:200], "agent": str(one.agent).strip(), "output": str(one.raw)}
        for one in result.tasks_output
    ]
    shaped = result.json_dict if result.json_dict else plain(result.pydantic) if result.pydantic else None
    beside = {**beside, "tasks": tasks, **({"json": plain(shaped)} if shaped else {})}
    return {"answer": str(result.raw), **_if_small(beside)}


def _if_small(beside: dict[str, Any]) -> dict[str, Any]:
    return beside if len(json.dumps(beside)) <= _MOST_CHARACTERS else {}


def _without_id(state: Any) -> Any:
    return {key: value for key, value in state.items() if key != "id"} if isinstance(state, dict) else state


def _answer(result: Any, state: Any) -> str:
    if result is not None:
        return words(result)
    texts = state if isinstance(state, dict) else {}
    named = next((texts[name] for name in _ANSWERS if isinstance(texts.get(name), str) and texts[name]), None)
    return named or (words(state) if state else "")
