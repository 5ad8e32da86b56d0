import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from orchestra.domain.identity import Role, User
from orchestra.errors import Conflict, Unavailable
from orchestra_storage import database
from orchestra_storage.migrate import migrate
from orchestra_storage.unit import Storage


def _bob(now: datetime) -> User:
    return User("u2", "Bob", Role.MEMBER, now)


def test_what_is_written_stays_after_the_block(storage: Storage, now: datetime):
    with storage.write() as unit:
        unit.users.add(_bob(now))
    with storage.read() as unit:
        assert unit.users.get("u2") == _bob(now)


def test_an_exception_takes_all_of_it_back(storage: Storage, now: datetime):
    with pytest.raises(ZeroDivisionError), storage.write() as unit:
        unit.users.add(_bob(now))
        _ = 1 / 0
    with storage.read() as unit:
        assert unit.users.get("u2") is None


def test_a_reader_cannot_write(storage: Storage, now: datetime):
    with pytest.raises(Unavailable, match="readonly"), storage.read() as unit:
        unit.users.add(_bob(now))
    with storage.write() as unit:
        unit.users.add(_bob(now))


def test_a_reader_sees_one_moment_while_others_write(storage: Storage, now: datetime):
    with storage.read() as reader:
        assert reader.users.get("u2") is None
        with storage.write() as writer:
            writer.users.add(_bob(now))
        assert reader.users.get("u2") is None


def test_what_exists_already_is_a_conflict(storage: Storage, now: datetime):
    with pytest.raises(Conflict), storage.write() as unit:
        unit.users.add(User("u1", "Eve", Role.OWNER, now))


def test_foreign_keys_are_kept(storage: Storage, an_agent: Callable[..., object]):
    with pytest.raises(Conflict):
        an_agent(owner_id="nobody")


def test_a_file_locked_by_another_program_is_an_error_someone_sees(
    storage: Storage, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    impatient = Storage.open(tmp_path / "orchestra.db")
    with closing(sqlite3.connect(tmp_path / "orchestra.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="database is locked"), impatient.write() as unit:
            unit.users.add(_bob(now))
    impatient.close()


def test_forty_threads_read_and_write_together(storage: Storage, now: datetime):
    def work(n: int) -> None:
        with storage.write() as unit:
            unit.users.add(User(f"t{n}", f"Thread {n}", Role.MEMBER, now))
            time.sleep(0.001)
        with storage.read() as unit:
            assert unit.users.get(f"t{n}") is not None
            time.sleep(0.02)

    with ThreadPoolExecutor(40) as threads:
        assert list(threads.map(work, range(120))) == [None] * 120


@pytest.mark.parametrize(("survives", "level"), [(False, 1), (True, 2)], ids=["normal", "full"])
def test_a_power_cut_is_waited_for_only_if_that_is_wanted(tmp_path: Path, survives: bool, level: int) -> None:
    migrate(tmp_path / "orchestra.db")
    storage = Storage.open(tmp_path / "orchestra.db", survives_power_cut=survives)
    with storage.write() as unit:
        assert unit.users._connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == level
    storage.close()
