"""Moves settled model calls from the database into the history, in batches, and forgets bodies that are old."""

import logging
import threading
import time
from datetime import UTC, datetime, timedelta

from orchestra_storage.history import History
from orchestra_storage.model_calls import ModelCalls
from orchestra_storage.unit import Storage

log = logging.getLogger(__name__)

_BATCH_CALLS = 500
_BATCH_BYTES = 16_000_000
_GATHER_SECONDS = 0.5
_RETRY_SECONDS = 2.0
_SWEEP_SECONDS = 3600.0


class CallStore:
    """One thread; what it has not moved when the server ends waits in the database for the next."""

    def __init__(self, storage: Storage, history: History, body_days: float) -> None:
        self._storage = storage
        self._calls = ModelCalls(history)
        self._body_days = body_days
        self._moving = threading.Lock()
        self._wake = threading.Event()
        self._is_over = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._wake.set()  # an earlier server may have left some
        self._thread = threading.Thread(target=self._run, name="call-store", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Returns when all is moved, or cannot be."""
        self._is_over = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def wake(self) -> None:
        """A call was settled."""
        self._wake.set()

    def settle(self) -> None:
        """Move all that was settled so far, in any thread that may wait; raises what kept it from that."""
        while self._move():
            pass

    def _run(self) -> None:
        swept = float("-inf")
        while not self._is_over:
            self._wake.wait(_SWEEP_SECONDS)
            self._wake.clear()
            if not self._is_over:
                time.sleep(_GATHER_SECONDS)  # what comes together is stored together
            try:
                if self._is_over:
                    self.settle()
                elif self._move():
                    self._wake.set()  # there may be more, and what came meanwhile gathers, too
                if time.monotonic() - swept >= _SWEEP_SECONDS:
                    swept = time.monotonic()
                    self._calls.forget_bodies(datetime.now(UTC) - timedelta(days=self._body_days)).result()
            except Exception:
                log.exception("Model calls could not be stored, and stay in the database; it is tried again")
                time.sleep(0 if self._is_over else _RETRY_SECONDS)
                self._wake.set()

    def _move(self) -> bool:
        """Move a batch; False if there was none. Killed in between, it is moved again, and stored once."""
        with self._moving:
            with self._storage.read() as unit:
                calls = unit.unstored_calls.first(_BATCH_CALLS, _BATCH_BYTES)
            if calls:
                self._calls.store(calls).result()
                with self._storage.write() as unit:
                    unit.unstored_calls.done(call.record.id for call in calls)
            return bool(calls)
