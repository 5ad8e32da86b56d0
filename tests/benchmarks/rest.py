"""Measures the REST front: requests a second against a bare FastAPI app with the same bytes, and how old events are."""

import asyncio
import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx2
from servers import ServerUnderTest

AGENTS = 1000
SECONDS = 1.5
PATH = "/api/agents?limit=20"
TICKS = 200


def fill(server: ServerUnderTest) -> bytes:
    """Make the agents; the bytes of the answer that is measured."""
    with ThreadPoolExecutor(4) as makers:
        list(makers.map(lambda _: server.agent("echo"), range(AGENTS)))
    answer = server.http.get(PATH)
    assert len(answer.json()["agents"]) == 20
    return answer.content


def requests_a_second(url: str, key: str, connections: int, *, is_always_new: bool = False) -> float:
    """Of a client that does as little as it can, on so many connections that stay open.

    No address is asked twice if `is_always_new`, so that each answer is made anew.
    """
    return asyncio.run(_requests_a_second(url, key, connections, is_always_new))


async def _requests_a_second(url: str, key: str, connections: int, is_always_new: bool) -> float:
    parts, numbers = urlsplit(url), itertools.count()
    head = f"HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {key}\r\n\r\n"
    target = f"{parts.path}?{parts.query}"
    request = f"GET {target} {head}".encode()
    until = time.perf_counter() + SECONDS

    async def ask() -> int:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        count = 0
        while time.perf_counter() < until:
            writer.write(f"GET {target}&new={next(numbers)} {head}".encode() if is_always_new else request)
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
            assert answer.startswith(b"http/1.1 200"), answer
            await reader.readexactly(int(answer.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
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
