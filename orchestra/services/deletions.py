"""Finishes deletions: agents whose executions are being stopped, and what those leave in the history and on disk."""

import asyncio
import contextlib
import logging
import shutil
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from orchestra.bus import DELETIONS, Bus
from orchestra.domain.agents import Agent
from orchestra.domain.executions import Execution
from orchestra.domain.limits import limits_of
from orchestra.errors import OrchestraError
from orchestra.services.executions import ExecutionService
from orchestra_storage.history import History
from orchestra_storage.unit import Storage

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.05
_PATIENCE_SECONDS = 2.0  # what stops at once is gone when the answer comes; the rest is finished behind it
_LOOK_SECONDS = 0.5
_AGAIN_SECONDS = 2.0
_MARGIN_SECONDS = 10.0


class Deletions:
    """The wish is in the database, so whoever runs next goes on with it after a crash."""

    def __init__(
        self, storage: Storage, history: History, bus: Bus, executions: ExecutionService, runs: Path, agents: Path
    ) -> None:
        self._storage = storage
        self._history = history
        self._bus = bus
        self._executions = executions
        self._runs = runs
        self._agents = agents
        self._lock = threading.Lock()
        self._removed_at: dict[int, float] = {}

    def begin(self, agent: Agent) -> bool:
        """From now on nobody sees the agent, and what runs of it is stopped; True if it is gone already."""
        with self._storage.write() as unit:
            unit.agents.mark_for_deletion(agent.id, datetime.now(UTC))
        is_gone = False
        with contextlib.suppress(OrchestraError):  # the wish is written down, and tried again
            is_gone = self._try_at_once(agent)
        self._bus.publish(DELETIONS, True)
        return is_gone

    def _try_at_once(self, agent: Agent) -> bool:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not self._step(agent):
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        self._remove_leftovers()
        return True

    def wait_for_all_of(self, owner_id: str) -> bool:
        """Wait until none of the person's agents is left, for as long as their executions may take to stop."""
        with self._storage.read() as unit:
            live = unit.executions.live(owner_id)
        grace = max((limits_of(execution.configuration).grace_seconds for execution in live), default=0.0)
        deadline = time.monotonic() + grace + _MARGIN_SECONDS
        while time.monotonic() < deadline:
            with self._storage.read() as unit:
                if not unit.agents.ids(owner_id):
                    return True
            time.sleep(_POLL_SECONDS)
        return False

    async def run(self) -> None:
        """Go on with whatever is being deleted, until cancelled."""
        with self._bus.subscribe(DELETIONS) as wishes:
            while True:
                try:
                    is_done = await asyncio.to_thread(self.sweep)
                except Exception:
                    log.exception("A deletion could not be finished; it is tried again")
                    is_done = False
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(wishes.get(), None if is_done else _LOOK_SECONDS)

    def sweep(self) -> bool:
        """Go a step further with all that is being deleted; True if nothing is left to do."""
        with self._storage.read() as unit:
            marked = unit.agents.marked_for_deletion()
        waiting = [agent for agent in marked if not self._step(agent)]
        return self._remove_leftovers() and not waiting

    def _step(self, agent: Agent) -> bool:
        """Delete the agent if nothing of it lives; else have that stopped. True if it is gone."""
        with self._storage.read() as unit:
            live = unit.executions.live_of(agent.id)
        if live:
            self._stop(live)
            return False
        shutil.rmtree(self._agents / agent.id, ignore_errors=True)
        with self._storage.write() as unit:
            unit.agents.remove(agent.id, datetime.now(UTC))
        return True

    def _stop(self, live: Sequence[Execution]) -> None:
        if unasked := [execution for execution in live if execution.cancel_requested_at is None]:
            self._executions.cancel_all(unasked)

    def _remove_leftovers(self) -> bool:
        """Remove logs and files of deleted executions; True once nothing can be left of them."""
        with self._lock:
            with self._storage.read() as unit:
                left = unit.agents.leftovers()
            if not left:
                return True
            with self._storage.write() as unit:
                unit.unstored_calls.remove(number for number, _ in left)
            self._history.remove(number for number, _ in left).result()
            gone = [
                number for number, execution_id in left if self._remove_files(execution_id) and self._is_over(number)
            ]
            with self._storage.write() as unit:
                unit.agents.forget_leftovers(gone)
            for number in gone:
                self._removed_at.pop(number, None)
            return len(gone) == len(left)

    def _remove_files(self, execution_id: str) -> bool:
        shutil.rmtree(self._runs / execution_id, ignore_errors=True)
        return not (self._runs / execution_id).exists()

    def _is_over(self, number: int) -> bool:
        """Whether it was removed some time ago too: its last events may still have been on their way then."""
        now = time.monotonic()
        return now - self._removed_at.setdefault(number, now) > _AGAIN_SECONDS
