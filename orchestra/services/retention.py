"""Removes the files of runs that ended long ago: a few at a time, so that nobody notices."""

import asyncio
import logging
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from orchestra_storage.unit import Storage

log = logging.getLogger(__name__)

_SWEEP_SECONDS = 600.0
_STEP_RUNS = 100
_PAUSE_SECONDS = 0.05


def files_of(runs: Path, execution_id: str) -> Path:
    """The folder of a run's own files, which all its attempts share."""
    return runs / execution_id / "files"


class Retention:
    """Looks again every ten minutes; what it finds is decided by the database, so a crash or a late look harms nothing.

    Journals stay: an execution's log may still be read from them.
    """

    def __init__(self, storage: Storage, runs: Path, days: float) -> None:
        self._storage = storage
        self._runs = runs
        self._days = days

    async def run(self) -> None:
        """Go on for ever, until cancelled."""
        while True:
            try:
                await self.sweep()
            except Exception:
                log.exception("Files of old runs could not be removed; it is tried again")
            await asyncio.sleep(_SWEEP_SECONDS)

    async def sweep(self, now: datetime | None = None) -> None:
        """Remove what is old enough by now, with pauses."""
        before = (now or datetime.now(UTC)) - timedelta(days=self._days)
        found = await asyncio.to_thread(lambda: list(self._candidates(before)))
        for first in range(0, len(found), _STEP_RUNS):
            await asyncio.to_thread(self._remove, found[first : first + _STEP_RUNS], before)
            await asyncio.sleep(_PAUSE_SECONDS)

    def _candidates(self, before: datetime) -> Iterator[str]:
        """Runs whose folder of files was not changed since, by a time that a run cannot set."""
        try:
            with os.scandir(self._runs) as entries:
                for entry in entries:
                    try:
                        changed = os.stat(files_of(self._runs, entry.name), follow_symlinks=False).st_ctime  # noqa: PTH116
                    except OSError:
                        continue  # removed already
                    if changed <= before.timestamp():
                        yield entry.name
        except FileNotFoundError:
            return

    def _remove(self, ids: Sequence[str], before: datetime) -> None:
        with self._storage.read() as unit:
            ended = unit.executions.ended_before(ids, before)
        for execution_id in ended:
            _remove_all(files_of(self._runs, execution_id))


def _remove_all(folder: Path) -> None:
    """A run may have closed its folders, to us too: then they are opened first."""
    with suppress(OSError):
        shutil.rmtree(folder)
        return
    with suppress(OSError):
        folder.chmod(0o700)
        for place, names, _ in os.walk(folder):
            for inner in (Path(place, name) for name in names):
                if not inner.is_symlink():
                    inner.chmod(0o700)
        shutil.rmtree(folder)
    if folder.exists():
        log.warning("The files of an old run could not be removed: %s", folder)
