"""Work in haste is done where it stands, and in a thread as soon as it would have to wait; never twice."""

import asyncio
import sqlite3
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestra.domain.queueing import Pause
from orchestra_storage.haste import WouldWait, in_haste, promptly, refuse_haste
from orchestra_storage.migrate import migrate
from orchestra_storage.unit import Storage


@pytest.fixture
def file(tmp_path: Path) -> Path:
    migrate(tmp_path / "orchestra.db")
    return tmp_path / "orchestra.db"


def pause(storage: Storage, threads: list[int]) -> None:
    with storage.write() as unit:
        threads.append(threading.get_ident())
        unit.queue.set_pause(None)


def test_what_has_nothing_to_wait_for_needs_no_thread(file: Path) -> None:
    storage, threads = Storage.open(file), list[int]()
    asyncio.run(promptly(lambda: pause(storage, threads)))
    assert threads == [threading.get_ident()]
    storage.close()


def test_a_file_that_another_has_locked_is_waited_for_in_a_thread_while_the_loop_goes_on(file: Path) -> None:
    storage, threads, beats = Storage.open(file), list[int](), list[float]()

    async def wait() -> None:
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            working = asyncio.create_task(promptly(lambda: pause(storage, threads)))
            for _ in range(20):
                await asyncio.sleep(0.01)
                beats.append(time.monotonic())
            assert not working.done()
            other.execute("ROLLBACK")
            await working

    asyncio.run(wait())
    assert len(threads) == 1 and threads != [threading.get_ident()]
    assert len(beats) == 20
    storage.close()


def test_who_finds_the_connection_taken_is_told_so(file: Path) -> None:
    storage = Storage.open(file)
    with in_haste(), storage.write(), pytest.raises(WouldWait), storage.write():
        pass
    storage.close()


def test_where_each_commit_waits_for_the_disk_nothing_is_done_in_haste(file: Path) -> None:
    storage = Storage.open(file, survives_power_cut=True)
    with in_haste(), pytest.raises(WouldWait), storage.read():
        pass
    storage.close()


def test_haste_is_over_with_its_block() -> None:
    with pytest.raises(WouldWait), in_haste():
        refuse_haste()
    refuse_haste()


def test_what_was_written_in_haste_is_moved_from_the_log_into_the_file(file: Path) -> None:
    storage = Storage.open(file)
    for i in range(60):
        with in_haste(), storage.write() as unit:
            unit.queue.set_pause(None)
            unit.queue.set_pause(Pause(datetime.now(UTC), f"u{i}"))
    deadline = time.monotonic() + 10
    while not (found := paused_by_in_the_file_alone(file)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert found
    storage.close()


def paused_by_in_the_file_alone(file: Path) -> list[tuple[str]]:
    with closing(sqlite3.connect(f"{file.as_uri()}?immutable=1", uri=True)) as without_the_log:
        return without_the_log.execute("SELECT paused_by FROM queue_pauses").fetchall()
