"""Writing usage down, whatever becomes of whoever waits for it."""

import asyncio
import threading
import time

import pytest

from orchestra.gateway.metering import Usage, record

USED = Usage("talk", "scripted", 4, 6, complete=True)


def test_the_meter_runs_in_a_thread_of_its_own() -> None:
    threads: list[threading.Thread] = []
    asyncio.run(record(lambda *_: threads.append(threading.current_thread()), 7, USED))
    assert len(threads) == 1 and threads[0] is not threading.main_thread()


def test_a_record_outlives_its_cancelled_waiter() -> None:
    written: list[tuple[int, Usage]] = []

    def slow(number: int, usage: Usage) -> None:
        time.sleep(0.2)
        written.append((number, usage))

    async def cancelled() -> None:
        waiting = asyncio.create_task(record(slow, 7, USED))
        await asyncio.sleep(0.05)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert waiting.cancelled() and not written

    asyncio.run(cancelled())
    assert written == [(7, USED)]


def test_a_meter_that_fails_is_heard_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    def fails(*_: object) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        asyncio.run(record(fails, 7, USED))
    assert "execution 7" in caplog.text
