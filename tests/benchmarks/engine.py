"""Measures the engine through REST: one execution after another, many at once, floods of output, cancels, idling."""

import asyncio
import json
import time
from urllib.parse import urlsplit

from servers import ServerUnderTest

_CONNECTIONS = 8


def milliseconds_of_a_run(server: ServerUnderTest, agent: str, runs: int = 100) -> list[float]:
    """From POST to COMPLETED seen over REST, one after another, sorted; the first few warm up."""
    return asyncio.run(_one_by_one(server, agent, runs))[5:]


def runs_a_second(server: ServerUnderTest, agent: str, runs: int = 500) -> float:
    """All submitted at once, over a few connections, until the last is COMPLETED."""
    return asyncio.run(_burst(server, agent, runs))


class _Connection:
    """A client that does as little as it can."""

    def __init__(self, server: ServerUnderTest) -> None:
        parts = urlsplit(server.presence.url)
        self._host, self._port = parts.hostname, parts.port
        self._head = f"Host: {parts.netloc}\r\nAuthorization: Bearer {server.presence.key}\r\n"

    async def open(self) -> "_Connection":
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        return self

    async def ask(self, method: str, path: str, body: bytes = b"") -> dict[str, object]:
        head = f"{method} /api{path} HTTP/1.1\r\n{self._head}"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self._writer.write(head.encode() + b"\r\n" + body)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        content = await self._reader.readexactly(length)
        assert answer.startswith(b"http/1.1 2"), content
        return json.loads(content)

    def close(self) -> None:
        self._writer.close()


async def _one_by_one(server: ServerUnderTest, agent: str, runs: int) -> list[float]:
    connection = await _Connection(server).open()
    body, figures = json.dumps({"agentId": agent}).encode(), list[float]()
    for _ in range(runs + 5):
        began = time.perf_counter()
        execution = (await connection.ask("POST", "/executions", body))["executionId"]
        while (found := await connection.ask("GET", f"/executions/{execution}"))["status"] != "COMPLETED":
            assert found["status"] in {"PENDING", "RUNNING"}, found
            await asyncio.sleep(0.0005)
        figures.append((time.perf_counter() - began) * 1000)
    connection.close()
    return [*figures[:5], *sorted(figures[5:])]


async def _burst(server: ServerUnderTest, agent: str, runs: int) -> float:
    body = json.dumps({"agentId": agent}).encode()
    connections = [await _Connection(server).open() for _ in range(_CONNECTIONS)]
    before = await _completed(connections[0], agent)
    began = time.perf_counter()

    async def submit(connection: _Connection) -> None:
        for _ in range(runs // _CONNECTIONS):
            await connection.ask("POST", "/executions", body)

    await asyncio.gather(*map(submit, connections))
    submitted = runs // _CONNECTIONS * _CONNECTIONS
    while await _completed(connections[0], agent) < before + submitted:
        await asyncio.sleep(0.03)
    rate = submitted / (time.perf_counter() - began)
    for connection in connections:
        connection.close()
    return rate


async def _completed(connection: _Connection, agent: str) -> int:
    found = await connection.ask("GET", f"/agents/{agent}")
    assert found["status"] in {"IDLE", "RUNNING"}, found
    done = found["successfulExecutions"]
    assert isinstance(done, int)
    return done
