"""One connection to the SQLite file for whoever must not wait: it is refused at once what another holds."""

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from orchestra_storage.database import WRITES
from orchestra_storage.haste import WouldWait

_TIDY_EVERY = 50  # commits; SQLite's own measure is a thousand pages, and a run writes some twenty


class PromptConnection:
    """For one thread, the first that asks; all others are told to wait. Opened at the first use."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread: int | None = None
        self._connection: Connection | None = None
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
            with _waiting_refused(), self._opened().execution_options(**{WRITES: writes}).begin():
                yield self._opened()
        finally:
            self._is_taken = False
        if writes:
            self._tidy()

    def close(self) -> None:
        """Callable from any thread, once nobody uses it any more."""
        self._tidying.shutdown(wait=True)
        if self._connection is not None:
            self._connection.close()

    def _opened(self) -> Connection:
        if self._connection is None:
            self._thread = threading.get_ident()
            self._connection = self._engine.connect()
            driver = self._connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            driver.execute("PRAGMA busy_timeout=0")
            # What a commit would copy into the database file now and then is somebody's to wait for: a thread's.
            driver.execute("PRAGMA wal_autocheckpoint=0")
        return self._connection

    def _tidy(self) -> None:
        self._commits += 1
        if self._commits % _TIDY_EVERY == 0:
            self._tidying.submit(self._checkpoint)

    def _checkpoint(self) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")


@contextmanager
def _waiting_refused() -> Iterator[None]:
    try:
        yield
    except (OperationalError, sqlite3.OperationalError) as error:
        cause = error.orig if isinstance(error, OperationalError) else error
        if getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            raise WouldWait from error
        raise
