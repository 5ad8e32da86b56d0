"""Reads and writes in transactions: the door through which the rest of the program meets the database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine

from orchestra.errors import Unavailable
from orchestra_storage.agents import Agents
from orchestra_storage.aliases import Aliases
from orchestra_storage.attempts import Attempts
from orchestra_storage.budgets import Budgets
from orchestra_storage.configurations import Configurations
from orchestra_storage.database import open_engine, reading, translated, writing
from orchestra_storage.deliveries import Deliveries
from orchestra_storage.deployments import Deployments
from orchestra_storage.executions import Executions
from orchestra_storage.haste import is_hasty, refuse_haste
from orchestra_storage.hooks import Hooks
from orchestra_storage.idempotency import IdempotencyKeys
from orchestra_storage.keys import Keys
from orchestra_storage.outbox import Outbox
from orchestra_storage.prices import Prices
from orchestra_storage.prompt import PromptConnection
from orchestra_storage.providers import Providers
from orchestra_storage.queue import Queue
from orchestra_storage.recording import Recording
from orchestra_storage.schedules import Schedules
from orchestra_storage.sealed import Sealed
from orchestra_storage.sessions import Sessions
from orchestra_storage.spending import Spending
from orchestra_storage.stamp import Stamp, Stamps
from orchestra_storage.unstored_calls import UnstoredCalls
from orchestra_storage.users import Users
from orchestra_storage.webhooks import Webhooks

WRITER_TIMEOUT_SECONDS = 30.0


class Unit:
    """Everything stored, as one transaction sees it; worth nothing after its `with` block."""

    def __init__(self, connection: Connection) -> None:
        self.users = Users(connection)
        self.keys = Keys(connection)
        self.sessions = Sessions(connection)
        self.agents = Agents(connection)
        self.configurations = Configurations(connection)
        self.executions = Executions(connection)
        self.queue = Queue(connection)
        self.attempts = Attempts(connection)
        self.deployments = Deployments(connection)
        self.idempotency = IdempotencyKeys(connection)
        self.schedules = Schedules(connection)
        self.hooks = Hooks(connection)
        self.webhooks = Webhooks(connection)
        self.deliveries = Deliveries(connection)
        self.providers = Providers(connection)
        self.aliases = Aliases(connection)
        self.sealed = Sealed(connection)
        self.outbox = Outbox(connection)
        self.recording = Recording(connection)
        self.prices = Prices(connection)
        self.budgets = Budgets(connection)
        self.spending = Spending(connection)
        self.unstored_calls = UnstoredCalls(connection)


class Storage:
    """The database that holds what is true now; safe to share among threads."""

    def __init__(self, engine: Engine, *, survives_power_cut: bool = False) -> None:
        self._engine = engine
        self._reader = reading(engine)
        self._writer = writing(engine)
        # SQLite lets one writer in and wakes the others by polling, in no order; a lock is faster and fairer.
        self._turn = threading.RLock()
        file = engine.url.database if engine.dialect.name == "sqlite" else None
        self._stamps = Stamps(Path(file)) if file and file != ":memory:" else None
        # Who waits for the disk, or for a network, is in no haste.
        self._prompt = PromptConnection(engine) if self._stamps is not None and not survives_power_cut else None

    @classmethod
    def open(cls, database: Path | str, *, survives_power_cut: bool = False) -> Storage:
        """The database at a URL, or the SQLite file at a path; `migrate` has made or renewed its tables before.

        What was written survives every crash of a process; a power cut too, at the price of waiting for the disk.
        """
        return cls(open_engine(database, survives_power_cut=survives_power_cut), survives_power_cut=survives_power_cut)

    def close(self) -> None:
        if self._prompt is not None:
            self._prompt.close()
        if self._stamps is not None:
            self._stamps.close()
        self._engine.dispose()

    def stamp(self) -> Stamp | None:
        """What stands for all that is committed: the same as before only if nobody, here or elsewhere, wrote meanwhile.

        Cheap enough for every request, and never waits; None if the database cannot tell.
        """
        return self._stamps.read() if self._stamps is not None else None

    def people_stamp(self) -> Stamp | None:
        """As `stamp`, for what follows from people, keys and sessions alone."""
        return self._stamps.read_people() if self._stamps is not None else None

    @contextmanager
    def read(self) -> Iterator[Unit]:
        """A consistent view; an attempt to write in it fails. WouldWait in haste, if it cannot be had at once."""
        if is_hasty():
            with self._promptly(writes=False) as unit:
                yield unit
            return
        with translated(), self._reader.begin() as connection:
            yield Unit(connection)

    @contextmanager
    def write(self) -> Iterator[Unit]:
        """All that is written inside is kept together at the end of the block, or nothing if it raises.

        WouldWait in haste, if somebody else is writing.
        """
        if is_hasty():
            with self._promptly(writes=True) as unit:
                yield unit
            return
        if not self._turn.acquire(timeout=WRITER_TIMEOUT_SECONDS):
            raise Unavailable("The database is busy with other changes. Try again in a moment.")
        try:
            with translated(), self._writer.begin() as connection:
                yield Unit(connection)
        finally:
            self._turn.release()

    @contextmanager
    def _promptly(self, *, writes: bool) -> Iterator[Unit]:
        if self._prompt is None or (writes and not self._turn.acquire(blocking=False)):
            refuse_haste()
        assert self._prompt is not None
        try:
            with translated(), self._prompt.begin(writes=writes) as connection:
                yield Unit(connection)
        finally:
            if writes:
                self._turn.release()
