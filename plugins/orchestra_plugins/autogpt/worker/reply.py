"""Puts a model's reply, as AutoGPT has read it, into a shape that its loop can take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FIELDS = ("text", "reasoning", "plan", "criticism", "speak")


def checked(reply: Any) -> dict[str, Any]:
    """`thoughts` of texts, and `command` with a name and arguments, which is absent if the reply names none.

    AutoGPT would do its last command again after a reply that it cannot read; without a command, it tells the model.
    """
    fields: Mapping[str, Any] = reply if isinstance(reply, Mapping) else {}
    command = _command(fields.get("command"))
    return {"thoughts": thoughts_of(fields.get("thoughts")), **({"command": command} if command else {})}


def _command(given: Any) -> dict[str, Any] | None:
    name = given.get("name") if isinstance(given, Mapping) else None
    if not isinstance(name, str) or not name.strip():
        return None
    arguments = given.get("args")
    return {"name": name.strip(), "args": arguments if isinstance(arguments, Mapping) else {}}


def thoughts_of(given: Any) -> dict[str, str]:
    """Those thoughts that say something, as texts."""
    if isinstance(given, str):
        given = {"text": given}
    if not isinstance(given, Mapping):
        return {}
    texts = {name: _text(given[name]) for name in FIELDS if given.get(name)}
    return {name: text for name, text in texts.items() if text}


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "\n".join(f"- {_text(one)}" for one in value)
    if isinstance(value, Mapping):
        return "\n".join(f"- {name}: {_text(one)}" for name, one in value.items())
    return str(value).strip()
