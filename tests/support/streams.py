"""Reads event streams over bare sockets: hundreds at once, or as slowly as a test wants."""

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

from servers import ServerUnderTest


async def open_stream(server: ServerUnderTest, execution: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which the execution's stream has been asked for."""
    address = urlsplit(server.presence.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=1 << 26)
    writer.write(
        f"GET /api/executions/{execution}/stream HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Authorization: Bearer {server.presence.key}\r\n\r\n".encode()
    )
    await writer.drain()
    return reader, writer


async def follow(server: ServerUnderTest, execution: str, on_line: Callable[[bytes], None]) -> None:
    """Give every line of the execution's stream to `on_line`, until the server ends it."""
    reader, writer = await open_stream(server, execution)
    try:
        await reader.readuntil(b"\r\n\r\n")
        while (line := await reader.readline()) not in {b"", b"0\r\n"}:
            on_line(line)
    finally:
        writer.close()


async def ids_of(server: ServerUnderTest, execution: str) -> list[str]:
    """The ids of all events of the execution's stream."""
    found: list[str] = []

    def note(line: bytes) -> None:
        if line.startswith(b"id: "):
            found.append(line[4:].strip().decode())

    await follow(server, execution, note)
    return found
