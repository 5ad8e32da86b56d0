"""What was read is kept until somebody writes."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestra.domain.identity import Role, User
from orchestra.services.remembered import Remembered
from orchestra_storage.migrate import migrate
from orchestra_storage.unit import Storage


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    migrate(tmp_path / "orchestra.db")
    storage = Storage.open(tmp_path / "orchestra.db")
    yield storage
    storage.close()


def write(storage: Storage, name: str) -> None:
    with storage.write() as unit:
        unit.users.add(User(name, name, Role.VIEWER, datetime.now(UTC)))


def test_a_value_is_found_until_something_is_written(storage: Storage) -> None:
    remembered = Remembered[str, int](storage.stamp, 10)
    remembered.keep(remembered.stamp(), "key", 1)
    assert (remembered.find("key"), remembered.find("key"), remembered.find("other")) == (1, 1, None)
    write(storage, "ada")
    assert remembered.find("key") is None


def test_reading_and_giving_up_a_write_change_nothing(storage: Storage) -> None:
    remembered = Remembered[str, int](storage.stamp, 10)
    remembered.keep(remembered.stamp(), "key", 1)
    with storage.read() as unit:
        unit.users.list()
    with pytest.raises(ZeroDivisionError), storage.write() as unit:
        unit.users.add(User("ada", "ada", Role.VIEWER, datetime.now(UTC)))
        raise ZeroDivisionError
    assert remembered.find("key") == 1


def test_a_value_that_was_read_before_a_write_is_not_kept(storage: Storage) -> None:
    remembered = Remembered[str, int](storage.stamp, 10)
    stamp = remembered.stamp()
    write(storage, "ada")
    remembered.keep(stamp, "key", 1)
    assert remembered.find("key") is None
    stamp = remembered.stamp()
    write(storage, "bob")
    assert remembered.find("key") is None
    remembered.keep(stamp, "key", 1)
    assert remembered.find("key") is None


def test_the_writes_of_another_process_count(storage: Storage, tmp_path: Path) -> None:
    remembered = Remembered[str, int](storage.stamp, 10)
    remembered.keep(remembered.stamp(), "key", 1)
    program = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('DELETE FROM users'); c.commit()"
    write(storage, "ada")
    remembered.keep(remembered.stamp(), "key", 1)
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "orchestra.db")], check=True)
    assert remembered.find("key") is None


def test_a_database_that_does_not_answer_at_once_is_not_waited_for(storage: Storage, tmp_path: Path) -> None:
    remembered = Remembered[str, int](storage.stamp, 10)
    with closing(sqlite3.connect(tmp_path / "orchestra.db", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("DELETE FROM users")
        assert remembered.stamp() is None
        remembered.keep(None, "key", 1)
        assert remembered.find("key") is None
    assert remembered.stamp() is not None


def test_only_so_many_values_are_kept(storage: Storage) -> None:
    remembered = Remembered[int, int](storage.stamp, 10)
    for number in range(100):
        remembered.keep(remembered.stamp(), number, number)
    assert sum(remembered.find(number) is not None for number in range(100)) <= 10
