"""Plugins: what was found, whether it works, and what installing or removing one changes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

OURS = "agentorchestra"
"""The distribution that brings the plugins that are part of the product."""


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

    @property
    def is_loaded(self) -> bool:
        return self.state is PluginState.LOADED

    @property
    def is_built_in(self) -> bool:
        """Whether it comes with the product itself."""
        return normal_name(self.distribution or "") == OURS


@dataclass(frozen=True, slots=True)
class PackageChange:
    """One package that comes (`before` is None), goes (`after` is None) or gets another version."""

    name: str
    before: str | None
    after: str | None

    @property
    def sentence(self) -> str:
        """As 'orchestra-hello 1.0 is installed'."""
        if self.before is None:
            return f"{self.name} {self.after} is installed"
        if self.after is None:
            return f"{self.name} {self.before} is removed"
        return f"{self.name} {self.before} becomes {self.after}"


@dataclass(frozen=True, slots=True)
class PluginWork:
    """What is being done with plugins' packages, or was done last; `message` is a sentence, `failed` if it is bad."""

    busy: bool = False
    failed: bool = False
    message: str = "Nothing was installed or removed since the server started."
    changes: Sequence[PackageChange] = ()


@dataclass(frozen=True, slots=True)
class PluginsChanged:
    """Plugins came or went, or the work on one got further."""


def normal_name(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
