"""Imports CAMEL so that nothing of it is left outside of a run's folder; first of all, as `__init__` has it."""

# CAMEL is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

_ITS_FOLDER = Path("/tmp/earth_science")  # noqa: S108 - what one of its toolkits makes when CAMEL is imported
_mkdir = Path.mkdir


def _make(self: Path, *given: Any, **named: Any) -> None:
    if self != _ITS_FOLDER:
        _mkdir(self, *given, **named)


Path.mkdir = _make  # pyright: ignore[reportAttributeAccessIssue]
try:
    import camel.toolkits.earth_science_toolkit as earth_science
finally:
    Path.mkdir = _mkdir


def look_ahead() -> None:
    """CAMEL looks at its callers with each turn; the first look goes through all modules, so it is had at once."""
    inspect.getmodule(look_ahead.__code__)


def give_folder(folder: str) -> None:
    """Let that toolkit write into the run's folder instead."""
    earth_science.TEMP_DIR = Path(folder)
