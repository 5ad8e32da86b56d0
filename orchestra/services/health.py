"""How the server is: each part is really asked."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from orchestra.domain.egress import Egress
from orchestra.domain.health import CheckStatus, Health, HealthCheck
from orchestra.engine.engine import Engine
from orchestra.services.directory import Directory
from orchestra_storage.history import History
from orchestra_storage.unit import Storage

_LOW_DISK_BYTES = 500_000_000


class HealthService:
    def __init__(
        self, storage: Storage, history: History, engine: Engine, data_dir: Path, directory: Directory, egress: Egress
    ) -> None:
        self._storage = storage
        self._history = history
        self._engine = engine
        self._data_dir = data_dir
        self._directory = directory
        self._egress = egress
        self._started = time.monotonic()

    def check(self) -> Health:
        """The six checks of the contract. What is not part of this installation passes, and says so."""
        counts: dict[str, int] = {}
        checks = {
            "database": _timed(lambda: self._database(counts)),
            "redis": HealthCheck(CheckStatus.PASS, "Not used: the queue is kept in the database."),
            "queues": self._queues(counts),
            "email": HealthCheck(CheckStatus.PASS, "Not configured: no mail is sent."),
            "storage": _timed(self._files),
            "external_apis": _timed(self._providers),
        }
        metrics = {"executionsRunning": self._engine.running, "executions": counts}
        return Health(checks, round((time.monotonic() - self._started) * 1000), metrics)

    def _database(self, counts: dict[str, int]) -> HealthCheck:
        with self._storage.read() as unit:
            counts.update({status.value: count for status, count in unit.executions.counts().items()})
        with self._storage.write():
            pass  # somebody who holds its lock would keep us from accepting anything
        return HealthCheck(CheckStatus.PASS, "The database answers, and can be written.")

    def _providers(self) -> HealthCheck:
        """What is configured; providers are not asked, since whoever wants to know this need not sign in."""
        providers, scripted = self._directory.count()
        said = f"{providers} providers are configured" if providers else "No external provider is configured"
        message = f"{said}; {scripted} scripted models answer."
        if self._egress.is_zero:
            message += " Zero egress: only models on this machine are asked."
        return HealthCheck(
            CheckStatus.PASS, message, details={"providers": providers, "zeroEgress": self._egress.is_zero}
        )

    def _queues(self, counts: dict[str, int]) -> HealthCheck:
        waiting = counts.get("PENDING", 0)
        details = {"running": self._engine.running, "waiting": waiting}
        return HealthCheck(CheckStatus.PASS, f"{self._engine.running} running, {waiting} waiting.", details=details)

    def _files(self) -> HealthCheck:
        self._history.ping()
        free = shutil.disk_usage(self._data_dir).free
        if free < _LOW_DISK_BYTES:
            message = f"Only {free // 1_000_000} MB are free for the data folder. Make room before runs fail."
            return HealthCheck(CheckStatus.WARN, message, details={"freeBytes": free})
        return HealthCheck(CheckStatus.PASS, "The history answers.", details={"freeBytes": free})


def _timed(check: Callable[[], HealthCheck]) -> HealthCheck:
    began = time.perf_counter()
    try:
        result = check()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the part is the answer
        result = HealthCheck(CheckStatus.FAIL, f"It does not answer: {type(error).__name__}.")
    elapsed = round((time.perf_counter() - began) * 1000, 3)
    return HealthCheck(result.status, result.message, elapsed, result.details)
