"""Streams with many readers, and with some that do not read."""

import asyncio

from servers import ServerUnderTest
from streams import ids_of, open_stream


def test_five_hundred_readers_of_one_execution_get_every_event(own_server: ServerUnderTest) -> None:
    execution = own_server.start_run(own_server.agent("count", count=100, seconds=0.05))
    own_server.wait(execution, {"RUNNING"})

    async def read_all() -> list[list[str]]:
        return await asyncio.gather(*(ids_of(own_server, execution) for _ in range(500)))

    expected = [f"1-{i}" for i in range(104)]
    assert all(ids == expected for ids in asyncio.run(read_all()))
    assert own_server.execution(execution)["status"] == "COMPLETED"


def test_a_reader_who_does_not_read_is_dropped_and_the_run_is_not(own_server: ServerUnderTest) -> None:
    """Nine tenths of what it missed are never held for it: 40,000 lines of 4 kB are more than any buffer."""
    execution = own_server.start_run(own_server.agent("flood", count=40_000, text="x" * 4000))

    async def sleep_while_it_runs() -> bytes:
        reader, writer = await open_stream(own_server, execution)
        reader._transport.pause_reading()  # pyright: ignore[reportAttributeAccessIssue]
        ended = await asyncio.to_thread(own_server.wait, execution, None, 100)
        assert ended["status"] == "COMPLETED"
        reader._transport.resume_reading()  # pyright: ignore[reportAttributeAccessIssue]
        try:
            return await _last_of(reader)
        finally:
            writer.close()

    assert b"event: dropped" in asyncio.run(sleep_while_it_runs())


async def _last_of(reader: asyncio.StreamReader) -> bytes:
    tail = b""
    while chunk := await reader.read(1 << 20):
        tail = (tail + chunk)[-(1 << 12) :]
        if tail.endswith(b"0\r\n\r\n"):
            break
    return tail
