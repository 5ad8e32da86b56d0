"""Says in words what experts' messages hold, which AgentVerse has taken apart; pure."""

from __future__ import annotations

from typing import Any


def opinion_of(message: Any) -> tuple[str, dict[str, Any]]:
    """A critic's; whether it agrees stands beside it."""
    if message.is_agree:
        return "Agrees.", {"agrees": True}
    return str(message.content), {"agrees": False}


def roles_of(message: Any) -> tuple[str, dict[str, Any]]:
    """A role assigner's list; nothing if its reply could not be read."""
    return "\n".join(f"{number}. {role}" for number, role in enumerate(message.content or (), 1)), {}


def advice_of(message: Any) -> tuple[str, dict[str, Any]]:
    """An evaluator's advice, with its marks beside it."""
    marks = message.score if isinstance(message.score, (list, tuple)) else [message.score]
    text = f"Marks: {', '.join(str(int(mark)) for mark in marks)}. {message.advice}"
    return text.strip(), {"score": [int(mark) for mark in marks]}
