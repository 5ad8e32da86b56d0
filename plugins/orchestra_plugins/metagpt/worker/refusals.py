"""Says in a sentence, and by a class of failure, what the gateway's refusal of a model call means."""

from __future__ import annotations

from typing import Any

_PASSING = frozenset({408, 409, 425, 429})
_NO_MONEY = frozenset({"insufficient_quota", "billing_hard_limit_reached"})


def failure_of(status: int | None, code: str | None) -> str:
    """The failure's class; `status` is None if there was no answer at all."""
    if code is not None and code.startswith("budget"):
        return "budget"
    if code in _NO_MONEY:
        return "model_refused"
    if status is None or status in _PASSING or status >= 500:
        return "model_unreachable"
    return "model_refused"


def sentence_of(model: str, body: Any, otherwise: str) -> str:
    """What was said, from the answer's body if that has a message."""
    inner = body.get("error", body) if isinstance(body, dict) else {}
    said = inner.get("message") if isinstance(inner, dict) else None
    return f"The model '{model}' gave no reply: {said or otherwise}"
