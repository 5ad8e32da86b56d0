"""Measures the REST front: requests a second against a bare FastAPI app with the same bytes, and how old events are."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx2
from servers import ServerUnderTest

AGENTS = 1000
SECONDS = 3.0
PATH = "/api/agents?limit=20"
TICKS = 200


def fill(server: ServerUnderTest) -> bytes:
    """Make the agents; the bytes of the answer that is measured."""
    with ThreadPoolExecutor(4) as makers:
        list(makers.map(lambda _: server.agent("echo"), range(AGENTS)))
    answer = server.http.get(PATH)
    assert len(answer.json()["agents"]) == 20
    return answer.content


def requests_a_second(url: str, key: str, connections: int) -> float:
    """Of a client that does as little as it can, on so many connections that stay open."""
    return asyncio.run(_requests_a_second(url, key, connections))


async def _requests_a_second(url: str, key: str, connections: int) -> float:
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    request = f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
    until = time.perf_counter() + SECONDS

    async def ask() -> int:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        count = 0
        while time.perf_counter() < until:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            assert head.startswith(b"http/1.1 200"), head
            await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
            count += 1
        writer.close()
        return count

    began = time.perf_counter()
    counts = await asyncio.gather(*(ask() for _ in range(connections)))
    return sum(counts) / (time.perf_counter() - began)


def milliseconds_to_client(server: ServerUnderTest) -> list[float]:
    """From the moment an agent logs a line to the client's reading it from the stream, sorted."""
    run = server.start_run(server.agent("tick", count=TICKS, seconds=0.01))
    ages: list[float] = []
    headers = {"Authorization": f"Bearer {server.presence.key}"}
    url = f"{server.presence.url}/api/executions/{run}/stream"
    with httpx2.Client(trust_env=False, timeout=60) as client, client.stream("GET", url, headers=headers) as stream:
        for line in stream.iter_lines():
            now = time.time()
            message = line.partition('"message":"')[2].partition('"')[0] if '"level":"INFO"' in line else ""
            if message.replace(".", "").isdigit():
                ages.append((now - float(message)) * 1000)
    return sorted(ages)
