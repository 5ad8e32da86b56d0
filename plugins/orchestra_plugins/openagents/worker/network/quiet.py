"""Keeps the library from printing boxes about each event: the events of the run tell all of that."""

# OpenAgents is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import importlib
import logging
from typing import Any

_THAT_PRINT = (
    "openagents.agents.orchestrator",
    "openagents.agents.runner",
    "openagents.sdk.client",
    "openagents.sdk.network",
    "openagents.mods.workspace.messaging.adapter",
    "openagents.mods.workspace.messaging.mod",
    "openagents.utils.cli_display",
)


def quieten() -> None:
    """Give each of its modules a `print` that does nothing, and keep from its log what is no warning."""
    for name in _THAT_PRINT:
        importlib.import_module(name).print = _silent  # pyright: ignore[reportAttributeAccessIssue]
    logging.getLogger("openagents").setLevel(logging.ERROR)


def _silent(*_: Any, **__: Any) -> None:
    pass
