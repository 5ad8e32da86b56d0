"""Environments of frameworks: what state they are in, and how a build goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EnvironmentState(StrEnum):
    READY = "ready"
    OUTDATED = "outdated"  # an older one serves until the one that its plugin asks for now is installed
    NOT_INSTALLED = "not_installed"
    BUILDING = "building"
    FAILED = "failed"
    BROKEN = "broken"

    @property
    def is_usable(self) -> bool:
        """Whether agents of the framework can run."""
        return self in {EnvironmentState.READY, EnvironmentState.OUTDATED}


class Phase(StrEnum):
    """What a build does; they follow each other in this order."""

    START = "start"
    RESOLVE = "resolve"
    FETCH = "fetch"
    BUILD = "build"
    INSTALL = "install"
    CHECK = "check"


# Where each phase begins and ends within the whole, as it is when packages must be fetched.
_SHARES = {
    Phase.START: (0.0, 0.0),
    Phase.RESOLVE: (0.0, 0.15),
    Phase.FETCH: (0.15, 0.65),
    Phase.BUILD: (0.65, 0.65),
    Phase.INSTALL: (0.65, 0.8),
    Phase.CHECK: (0.8, 0.8),
}


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a build stands: `done` of `total` packages in this phase; `package` is the one that was begun last."""

    phase: Phase
    done: int = 0
    total: int = 0
    package: str | None = None

    @property
    def fraction(self) -> float:
        """How much of the whole is done, from 0 to 1, as far as anybody can tell."""
        begin, end = _SHARES[self.phase]
        return begin + (end - begin) * (self.done / self.total if self.total else 0.0)

    @property
    def sentence(self) -> str:
        """As for a person: "Fetching pyarrow (3 of 44)"."""
        count = f" ({self.done} of {self.total})" if self.total else ""
        match self.phase:
            case Phase.START:
                return "Starting"
            case Phase.CHECK:
                return "Checking that it can be imported"
            case Phase.RESOLVE:
                verb = "Looking up"
            case Phase.FETCH:
                verb = "Fetching"
            case Phase.BUILD:
                verb = "Building"
            case Phase.INSTALL:
                verb = "Installing"
        return f"{verb} {self.package or 'packages'}{count}"


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment as it lies on the disk; `size_bytes` is what it takes alone, each file counted once."""

    name: str
    framework: str
    python_version: str
    built_at: datetime
    size_bytes: int
    packages: int


@dataclass(frozen=True, slots=True)
class EnvironmentFacts:
    """How a framework's environment is; `message` is a sentence that says so, and what to do.

    `python_found` is the version of the Python that would be used for a build; None if the machine has none that fits.
    `expected_bytes` is what its author says it will take; `progress` that of the build under way.
    """

    framework: str
    state: EnvironmentState
    message: str
    needs_environment: bool
    python_found: str | None = None
    expected_bytes: int | None = None
    environment: Environment | None = None
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a look at one environment found: nothing (`healthy`), or sentences that say what is wrong and what to do."""

    name: str
    framework: str
    size_bytes: int
    problems: Sequence[str] = ()

    @property
    def healthy(self) -> bool:
        return not self.problems


@dataclass(frozen=True, slots=True)
class DiskUse:
    """Bytes on the disk, hard links counted once: of all environments with the cache, and what is free besides."""

    total_bytes: int
    cache_bytes: int
    free_bytes: int


@dataclass(frozen=True, slots=True)
class EnvironmentChanged:
    """A framework's environment is in another state, or its build got further (`progress`)."""

    framework: str
    progress: Progress | None = None


def size_text(size_bytes: int) -> str:
    """As '0 MB', '3.4 MB', '833 MB' or '1.2 GB'; a MB has a million bytes."""
    millions = size_bytes / 1e6
    if millions >= 999.5:
        return f"{millions / 1000:.1f} GB"
    return f"{millions:.1f} MB" if 0.05 <= millions < 9.95 else f"{millions:.0f} MB"
