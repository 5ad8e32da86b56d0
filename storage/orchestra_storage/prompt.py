"""Connections to the SQLite file for whoever must not wait: they are refused at once what another holds."""

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from orchestra_storage.database import WRITES
from orchestra_storage.haste import WouldWait

_TIDY_EVERY = 50  # commits; SQLite's own measure is a thousand pages, and a run writes some twenty


class PromptConnection:
    """For one thread, the first that asks; all others are told to wait. Opened at the first use.

    One connection reads and another writes: what SQLite has planned on a connection is lost when it changes over.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread: int | None = None
        self._connections: dict[bool, Connection] = {}  # by whether it writes
        self._is_taken = False
        self._commits = 0
        self._tidying = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")

    @contextmanager
    def begin(self, *, writes: bool) -> Iterator[Connection]:
        """A transaction, committed at the end of the block; WouldWait where it cannot be had at once."""
        if self._is_taken or self._thread not in {None, threading.get_ident()}:
            raise WouldWait
        self._is_taken = True
        try:
            with _waiting_refused():
                connection = self._connections.get(writes) or self._open(writes)
                with connection.begin():
                    yield connection
        finally:
            self._is_taken = False
        if writes:
            self._tidy()

    def close(self) -> None:
        """Callable from any thread, once nobody uses it any more."""
        self._tidying.shutdown(wait=True)
        for connection in self._connections.values():
            connection.close()

    def _open(self, writes: bool) -> Connection:
        self._thread = threading.get_ident()
        connection = self._engine.connect().execution_options(**{WRITES: writes})
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.execute("PRAGMA busy_timeout=0")
        # What a commit would copy into the database file now and then is somebody's to wait for: a thread's.
        driver.execute("PRAGMA wal_autocheckpoint=0")
        self._connections[writes] = connection
        return connection

    def _tidy(self) -> None:
        self._commits += 1
        if self._commits % _TIDY_EVERY == 0:
            self._tidying.submit(self._checkpoint)

    def _checkpoint(self) -> None:
        # Past SQLAlchemy, which begins a transaction for whatever it executes: in one, nothing can be copied.
        with closing(self._engine.raw_connection()) as connection:
            driver = connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            driver.execute("PRAGMA wal_checkpoint(PASSIVE)")


@contextmanager
def _waiting_refused() -> Iterator[None]:
    try:
        yield
    except (OperationalError, sqlite3.OperationalError) as error:
        cause = error.orig if isinstance(error, OperationalError) else error
        if getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            raise WouldWait from error
        raise
