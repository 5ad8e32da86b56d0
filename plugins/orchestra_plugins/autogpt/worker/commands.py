"""Registers the commands that an agent may use: AutoGPT's own, and ours in place of those that need Docker."""

# AutoGPT is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

_FILES, _APP = "autogpt.commands.file_operations", "autogpt.app"
_PLACES: Mapping[str, str] = {
    "read_file": _FILES,
    "write_to_file": _FILES,
    "append_to_file": _FILES,
    "delete_file": _FILES,
    "search_files": _FILES,
    "analyze_code": "autogpt.commands.analyze_code",
    "improve_code": "autogpt.commands.improve_code",
    "write_tests": "autogpt.commands.write_tests",
    "start_agent": _APP,
    "message_agent": _APP,
    "list_agents": _APP,
    "delete_agent": _APP,
    "get_text_summary": _APP,
    "get_hyperlinks": _APP,
}


def registry_of(registry: Any, chosen: Sequence[str], own: Sequence[Any]) -> Any:
    """AutoGPT's registry with the chosen commands; `own` are further ones, registered if they are chosen."""
    for name in chosen:
        if name in _PLACES:
            registry.register(getattr(importlib.import_module(_PLACES[name]), name).command)
    for command in own:
        if command.name in chosen:
            registry.register(command)
    return registry
