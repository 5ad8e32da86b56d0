"""What every run needs of the rest of the server."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from orchestra.bus import Bus
from orchestra.domain.executions import Execution
from orchestra.domain.frameworks import Framework
from orchestra.domain.refusals import ModelRefusal
from orchestra.domain.reins import Reins
from orchestra.engine.ingest import Ingest
from orchestra.engine.journal import Seal
from orchestra.redactor import Redactor
from orchestra_storage.history import History
from orchestra_storage.unit import Storage


class RunKeys(Protocol):
    """The gateway's keys, each worth one execution."""

    def issue(self, number: int, attempt: int) -> str:
        """The key of an attempt at an execution, the same after a restart; live from now on."""
        ...

    def revoke(self, number: int) -> None: ...


class ModelAccounts(Protocol):
    """The gateway's accounts of what executions spend on models."""

    def open(self, execution: Execution, reins: Reins) -> None:
        """Keep an execution to its limits from now on, and to the budgets that it counts for."""
        ...

    def note_progress(self, number: int) -> None:
        """The execution has come a step further."""
        ...

    def close(self, number: int) -> None: ...


@dataclass(frozen=True)
class Surroundings:
    storage: Storage
    history: History
    ingest: Ingest
    bus: Bus
    keys: RunKeys
    accounts: ModelAccounts
    frameworks: Mapping[str, Framework]
    runs: Path
    agents: Path
    seal: Seal
    bell: Path
    gateway_url: str
    redactor: Redactor = field(default_factory=Redactor)
    take_refusal: Callable[[int], ModelRefusal | None] = lambda _: None
    """The gateway's last refusal to an execution, if its last call was refused; it is forgotten then."""
    needed: Callable[[Framework, Mapping[str, Any]], Framework] = lambda framework, _: framework
    """What a run with a configuration needs: the framework, or that with further packages."""
    announce: Callable[[str, Mapping[str, Any]], None] = lambda _event, _facts: None
    """Tell owners who want to know what has happened to the whole server; it may block."""
