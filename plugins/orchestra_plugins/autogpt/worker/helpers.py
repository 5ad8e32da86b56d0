"""Knows the helpers that AutoGPT starts (its GPT agents), so that their words bear their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MOST_CHARACTERS = 100


class Helpers:
    def __init__(self) -> None:
        self._names: list[str] = []  # AutoGPT numbers them from 0 and never uses a number again

    def speaker_of(self, command: str, arguments: Mapping[str, Any]) -> str | None:
        """Who answers while this command is executed; None if no helper does."""
        if command == "start_agent":
            self._names.append(str(arguments.get("name") or "helper")[:_MOST_CHARACTERS])
            return self._names[-1]
        if command == "message_agent":
            key = str(arguments.get("key", ""))
            return self._names[int(key)] if key.isdecimal() and int(key) < len(self._names) else None
        return None
