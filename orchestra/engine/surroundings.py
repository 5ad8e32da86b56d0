"""What every run needs of the rest of the server."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from orchestra.bus import Bus
from orchestra.domain.frameworks import Framework
from orchestra.domain.limits import Budget, Limits, Spent
from orchestra.domain.refusals import ModelRefusal
from orchestra.engine.ingest import Ingest
from orchestra.engine.journal import Seal
from orchestra_storage.history import History
from orchestra_storage.unit import Storage


class RunKeys(Protocol):
    """The gateway's keys, each worth one execution."""

    def issue(self, number: int, attempt: int) -> str:
        """The key of an attempt at an execution, the same after a restart; live from now on."""
        ...

    def revoke(self, number: int) -> None: ...


class Budgets(Protocol):
    """The gateway's accounts of what executions spend on models."""

    def open(self, number: int, limits: Limits, spent: Spent, on_used_up: Callable[[Budget], None]) -> None:
        """Keep an execution to its limits from now on; `on_used_up` is called when it wants to spend more."""
        ...

    def close(self, number: int) -> None: ...


@dataclass(frozen=True)
class Surroundings:
    storage: Storage
    history: History
    ingest: Ingest
    bus: Bus
    keys: RunKeys
    budgets: Budgets
    frameworks: Mapping[str, Framework]
    runs: Path
    agents: Path
    seal: Seal
    bell: Path
    gateway_url: str
    take_refusal: Callable[[int], ModelRefusal | None] = lambda _: None
    """The gateway's last refusal to an execution, if its last call was refused; it is forgotten then."""
