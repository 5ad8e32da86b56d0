"""Asks people what a graph's interrupt asks, and makes of their answer what the graph waits for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .plain import plain

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_TEXTS = ("question", "message", "prompt", "query", "description")
_APPROVE, _REJECT = "Approve", "Reject"
_MAX_CHARACTERS = 9000


async def answer_to(value: Any, context: Context) -> Any:
    """What to resume the graph with."""
    if isinstance(value, Mapping) and isinstance(value.get("action_requests"), (list, tuple)):
        return {"decisions": [await _decision(one, context) for one in value["action_requests"]]}
    if isinstance(value, Mapping):
        choices = _choices(value.get("choices") or value.get("options"))
        schema = value.get("schema") if isinstance(value.get("schema"), Mapping) else None
        return await context.ask_async(_question(value), choices, None if choices else schema)
    return await context.ask_async(_cut(value if isinstance(value, str) else _json(value)))


async def _decision(wanted: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Whether a tool may be called, as LangChain's human-in-the-loop middleware has it."""
    words = f"May the agent call {wanted.get('name')}?\n\n{_json(wanted.get('args', wanted.get('arguments', {})))}"
    answer = await context.ask_async(_cut(words), [_APPROVE, _REJECT])
    return {"type": "approve"} if answer == _APPROVE else {"type": "reject", "message": "A person did not allow this."}


def _question(value: Mapping[str, Any]) -> str:
    """The text among the fields; what else there is follows, so that nobody answers unseen."""
    name = next((one for one in _TEXTS if isinstance(value.get(one), str) and value[one].strip()), None)
    rest = {key: inner for key, inner in value.items() if key not in {name, "choices", "options", "schema"}}
    words = value[name] if name else ""
    return _cut("\n\n".join(filter(None, [words, _json(rest) if rest else ""])))


def _choices(given: Any) -> list[str] | None:
    if isinstance(given, (list, tuple)) and given and all(isinstance(one, str) and one for one in given):
        return list(given)[:100]
    return None


def _json(value: Any) -> str:
    return json.dumps(plain(value), ensure_ascii=False, indent=2)


def _cut(text: str) -> str:
    text = text.strip() or "The graph waits for an answer."
    return text if len(text) <= _MAX_CHARACTERS else text[:_MAX_CHARACTERS] + " …"
