"""Prepared statements take and give what SQLAlchemy would, and SQLite plans them once."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, bindparam, column, event, select, text

from orchestra.errors import Conflict
from orchestra_storage.database import open_engine, translated
from orchestra_storage.prepared import Prepared
from orchestra_storage.schema.base import UtcDateTime, json_column
from orchestra_storage.unit import Storage

AT = datetime(2026, 11, 25, 3, 30, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
things = Table(
    "things",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("at", UtcDateTime),
    Column("data", json_column()),
    Column("count", Integer, default=7),
)
ADD = Prepared(things.insert().returning(things.c.id, things.c.at), ("name", "at", "data", "count"))
ROW = {"name": "Ada", "at": AT, "data": {"a": [1, None]}, "count": 1}


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    engine = open_engine(tmp_path / "things.db")
    with engine.begin() as connection:
        things.metadata.create_all(connection)
        yield connection
    engine.dispose()


def test_values_come_back_as_they_went_in(connection: Connection) -> None:
    added = ADD.first(connection, ROW)
    assert added is not None and (added.id, added.at) == (1, AT) and added.at.tzinfo is UTC
    by_name = select(things).where(things.c.name == bindparam("wanted"))
    found = Prepared(by_name).all(connection, {"wanted": "Ada"})
    assert found == [tuple(row) for row in connection.execute(by_name, {"wanted": "Ada"})]
    assert found[0].data == {"a": [1, None]}


def test_a_statement_of_our_own_words_has_names_and_values_of_its_own(connection: Connection) -> None:
    ADD.first(connection, ROW)
    own = Prepared(text("SELECT count(*), max(name) FROM things WHERE name = :name").columns(column("n"), column("m")))
    found = own.first(connection, {"name": "Ada"})
    assert found is not None and (found.n, found.m) == (1, "Ada")
    assert Prepared(select(things.c.id).where(things.c.name == "Eve")).first(connection) is None


def test_what_a_statement_changes_is_counted(connection: Connection) -> None:
    ADD.first(connection, ROW)
    more = things.update().where(things.c.name == bindparam("b_name")).values(count=things.c.count + bindparam("b_n"))
    assert Prepared(more).run(connection, {"b_name": "Ada", "b_n": 2}) == 1
    assert Prepared(more).run(connection, {"b_name": "Eve", "b_n": 2}) == 0
    assert connection.execute(select(things.c.count)).scalar_one() == 3


def test_a_default_that_sqlalchemy_alone_would_fill_in_is_refused(connection: Connection) -> None:
    with pytest.raises(AssertionError, match="defaults"):
        Prepared(things.insert(), ("name",)).run(connection, {"name": "Ada"})


def test_a_row_that_is_there_already_is_a_conflict(connection: Connection) -> None:
    ADD.first(connection, ROW)
    with pytest.raises(Conflict), translated():
        ADD.first(connection, ROW)


def test_nothing_is_run_outside_of_a_transaction(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "things.db")
    with engine.connect() as connection, pytest.raises(AssertionError):
        Prepared(select(things)).all(connection)
    engine.dispose()


def test_what_sqlite_has_planned_is_kept_from_one_transaction_to_the_next(storage: Storage) -> None:
    """A `PRAGMA query_only` would have all of it planned anew."""
    pragmas: list[str] = []

    @event.listens_for(storage._engine, "begin")  # pyright: ignore[reportPrivateUsage]
    def _begun(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction]
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.set_trace_callback(lambda said: pragmas.append(said) if said.startswith("PRAGMA query_only") else None)

    for _ in range(5):
        with storage.read() as unit:
            unit.queue.counts()
    assert pragmas == []
