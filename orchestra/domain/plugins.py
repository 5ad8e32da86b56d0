"""Plugins: what was found, and whether it works."""

from dataclasses import dataclass
from enum import StrEnum


class PluginState(StrEnum):
    LOADED = "loaded"
    FAILED = "failed"
    INCOMPATIBLE = "incompatible"


@dataclass(frozen=True, slots=True)
class PluginRecord:
    """One entry point of the group `orchestra`; `error` is a sentence unless the plugin is loaded."""

    name: str
    module: str
    distribution: str | None
    version: str | None
    state: PluginState
    error: str | None = None
    load_ms: float = 0.0
    frameworks: tuple[str, ...] = ()
