"""Opens the relational database with the settings that make it safe under many threads."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from orchestra.errors import Conflict, Unavailable

BUSY_TIMEOUT_MS = 10_000
WRITES = "orchestra_writes"
_ALLOW_WRITES, _ALLOW_READS = "PRAGMA query_only=OFF", "PRAGMA query_only=ON"


def url_of(database: URL | Path | str) -> URL:
    """The URL of a database given as one, or of the SQLite file at a path."""
    if isinstance(database, URL):
        return database
    if isinstance(database, str) and "://" in database:
        return make_url(database)
    return URL.create("sqlite", database=str(database))


def open_engine(database: URL | Path | str, *, foreign_keys: bool = True, survives_power_cut: bool = False) -> Engine:
    """An engine for up to some fifty threads; nothing is opened before the first use."""
    engine = create_engine(url_of(database), pool_size=8, max_overflow=40, pool_use_lifo=True)
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine, foreign_keys, "FULL" if survives_power_cut else "NORMAL")
    return engine


def reading(engine: Engine) -> Engine:
    """The same engine, for transactions that only read."""
    return engine.execution_options(**{WRITES: False})


def writing(engine: Engine) -> Engine:
    """The same engine, for transactions that write."""
    return engine.execution_options(**{WRITES: True})


@contextmanager
def translated() -> Iterator[None]:
    """Turns the database's refusals into errors for a person."""
    try:
        yield
    except (OperationalError, PoolTimeoutError, sqlite3.OperationalError) as error:
        cause = error.orig if isinstance(error, OperationalError) else error
        if getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise Unavailable("The disk is full, so nothing can be kept. Make room, then try again.") from error
        raise Unavailable(f"The database does not answer ({cause}). Try again in a moment.") from error
    except (IntegrityError, sqlite3.IntegrityError) as error:
        raise Conflict("This exists already, or belongs to something that was deleted meanwhile.") from error


def _prepare_sqlite(engine: Engine, foreign_keys: bool, synchronous: str) -> None:
    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: Any) -> None:  # pyright: ignore[reportUnusedFunction]
        # The driver's own transactions begin too late, so that concurrent updates get lost: ours are explicit.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={synchronous}")
        connection.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction]
        writes = connection.get_execution_options().get(WRITES, True)
        # A write slipped into a reading transaction would work until two meet, and then fail at once: refuse it always.
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        # Only when it changes: after this pragma SQLite plans every statement anew.
        if connection.info.get(WRITES) is not writes:
            driver.execute(_ALLOW_WRITES if writes else _ALLOW_READS)
            connection.info[WRITES] = writes
        driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")  # SQLAlchemy's own call costs ten times as much
