"""Finds the JSON in what a model said."""

from __future__ import annotations

import json
from typing import Any


def json_in(text: str, kind: type) -> Any:
    """The first JSON value of that kind (dict or list) in a text, whatever stands around it; None if there is none."""
    decoder = json.JSONDecoder()
    opening = "{" if kind is dict else "["
    position = text.find(opening)
    while position >= 0:
        try:
            return decoder.raw_decode(text, position)[0]
        except (ValueError, RecursionError):
            position = text.find(opening, position + 1)
    return None


def texts(found: Any, most: int) -> list[str]:
    """The texts in a list, without the empty ones; None and other things are left out."""
    listed = found if isinstance(found, list) else []
    return [one.strip() for one in listed if isinstance(one, str) and one.strip()][:most]


def order(found: Any, offered: list[str]) -> list[str]:
    """What was offered, in the order that a model chose; what it did not name comes last."""
    chosen = [one for one in texts(found, 100) if one in offered]
    return list(dict.fromkeys([*chosen, *offered]))


def verdict(found: Any) -> tuple[bool, str]:
    """Whether the verifier accepts, and why; what cannot be read is no acceptance."""
    if not isinstance(found, dict) or not isinstance(found.get("ok"), bool):
        return False, "The verifier gave no verdict that can be read."
    return found["ok"], str(found.get("why") or "")
