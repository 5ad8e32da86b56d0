"""Measures what the gateway adds to a model call, against a provider on this machine that answers at once.

The bare call to the provider, ours, and LiteLLM's proxy, where it can be installed, take turns in the same run.
"""

import asyncio
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import psutil
import uv

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from servers import ServerUnderTest, running_server, wait_until

UPSTREAM = Path(__file__).parents[1] / "support" / "upstream.py"
LITELLM = "litellm[proxy]"
MODELS = ["echo", "words-100", "clock-100"]
CALLS = 200
STREAMS, WORDS = 200, 100
SEQUENTIAL = 1_000

Row = tuple[str, str, str]


@dataclass(frozen=True)
class Place:
    """Where models are asked."""

    url: str
    key: str


class Connection:
    """A client that does as little as it can, on one connection."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._parts = urlsplit(place.url)

    async def open(self) -> "Connection":
        self._reader, self._writer = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        return self

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def ask(self, model: str, stream: bool = False) -> bytes:
        """The whole answer, chunk sizes taken out."""
        await self.begin(model, stream)
        return b"".join([part async for part in self.parts()])

    async def begin(self, model: str, stream: bool) -> None:
        """Ask, and read the answer's head."""
        body = json.dumps({"model": model, "stream": stream, "messages": [{"role": "user", "content": "hello"}]})
        self._writer.write(
            f"POST {self._parts.path}/chat/completions HTTP/1.1\r\nHost: {self._parts.netloc}\r\n"
            f"Authorization: Bearer {self._place.key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        self._head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        assert self._head.startswith(b"http/1.1 200"), self._head

    async def parts(self):
        if b"transfer-encoding: chunked" not in self._head:
            length = int(self._head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            yield await self._reader.readexactly(length)
            return
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            yield (await self._reader.readexactly(size + 2))[:-2]
        await self._reader.readexactly(2)


async def milliseconds_of_a_call(place: Place) -> float:
    connection = await Connection(place).open()
    took: list[float] = []
    for _ in range(CALLS):
        began = time.perf_counter()
        await connection.ask("echo")
        took.append((time.perf_counter() - began) * 1000)
    await connection.close()
    return statistics.median(took[10:])


async def milliseconds_to_first_byte(place: Place) -> float:
    connection = await Connection(place).open()
    took: list[float] = []
    for _ in range(CALLS):
        began = time.perf_counter()
        await connection.begin("echo", stream=True)
        parts = connection.parts()
        await anext(parts)
        took.append((time.perf_counter() - began) * 1000)
        async for _ in parts:
            pass
    await connection.close()
    return statistics.median(took[10:])


async def milliseconds_of_a_chunk(place: Place) -> float:
    """From the provider's sending to the client's having it."""
    connection = await Connection(place).open()
    ages: list[float] = []
    for _ in range(5):
        await connection.begin("clock-100", stream=True)
        async for part in connection.parts():
            now = time.time()
            ages += [(now - float(said.partition(b">")[0])) * 1000 for said in part.split(b"<")[1:]]
    await connection.close()
    return statistics.median(ages)


async def words_of_parallel_streams(place: Place) -> tuple[int, float]:
    """The words that arrived in whole streams, and the seconds it took."""

    async def one() -> int:
        connection = await Connection(place).open()
        answer = await connection.ask(f"words-{WORDS}", stream=True)
        await connection.close()
        return answer.count(b"word") - answer.count(b"words-") if b"[DONE]" in answer else 0

    began = time.perf_counter()
    return sum(await asyncio.gather(*(one() for _ in range(STREAMS)))), time.perf_counter() - began


async def megabytes_after_many_calls(place: Place, pid: int) -> float:
    """How much larger the server is after a thousand calls more, the first few hundred not counted."""
    connection = await Connection(place).open()
    for _ in range(300):
        await connection.ask("echo")
    before = psutil.Process(pid).memory_info().rss
    for _ in range(SEQUENTIAL):
        await connection.ask("echo")
    await connection.close()
    return (psutil.Process(pid).memory_info().rss - before) / 1e6


def measure(folder: Path) -> list[Row]:
    """The rows of the table."""
    with _upstream() as bare, running_server(folder, runaway_repeats="0", runaway_calls="0") as server:
        ours, end = _ours(server, bare)
        with _litellm(folder / "litellm", bare) as (other, why_not):
            rows = _compared({"ours": ours, **({"LiteLLM's proxy": other} if other else {})}, bare)
        if why_not:
            rows.append(("LiteLLM's proxy beside it", why_not, ""))
        words, seconds = asyncio.run(words_of_parallel_streams(ours))
        rows.append(
            (
                f"{STREAMS} streams of {WORDS} chunks at once",
                f"{words:,} words, {seconds:.1f} s",
                f"{STREAMS * WORDS:,}",
            )
        )
        grown = asyncio.run(megabytes_after_many_calls(ours, server.process.pid))
        rows.append((f"memory after {SEQUENTIAL:,} calls", f"{grown:+.1f} MB", "+0"))
        end()
    return rows


_WAYS: tuple[tuple[str, Callable[[Place], Coroutine[Any, Any, float]], str], ...] = (
    ("a call", milliseconds_of_a_call, "≤ 3 ms"),
    ("a stream's first byte", milliseconds_to_first_byte, "≤ 3 ms"),
    ("a chunk", milliseconds_of_a_chunk, "≤ 0.5 ms"),
)


def _compared(places: dict[str, Place], bare: Place) -> list[Row]:
    rows: list[Row] = []
    for name, way, reach in _WAYS:
        rounds = [{who: asyncio.run(way(place)) for who, place in {"": bare, **places}.items()} for _ in range(3)]
        medians = {who: statistics.median(one[who] for one in rounds) for who in rounds[0]}
        rows.append((f"model call, {name}: bare, p50", f"{medians['']:.2f} ms", ""))
        for who in places:
            added = medians[who] - medians[""]
            rows.append((f"model call, {name}: {who} adds, p50", f"{added:.2f} ms", reach if who == "ours" else ""))
    return rows


def _ours(server: ServerUnderTest, bare: Place) -> tuple[Place, Callable[[], object]]:
    """Our gateway before that provider, with the key of a run that lasts until the second is called."""
    provider = {"name": "bench", "kind": "local", "baseUrl": bare.url, "models": MODELS, "test": False}
    server.call("POST", "/providers", 201, json=provider)
    run = server.start_run(server.agent("lend_key", seconds=0.1))
    file = server.data_dir / "runs" / run / "files" / "key"
    wait_until(file.exists)
    lent = json.loads(file.read_text())
    return Place(lent["url"], lent["key"]), lambda: (file.with_name("enough").touch(), server.wait(run))


@contextmanager
def _upstream() -> Iterator[Place]:
    with _serving([sys.executable, str(UPSTREAM)]) as port:
        yield Place(f"http://127.0.0.1:{port}/v1", "-")


@contextmanager
def _litellm(folder: Path, bare: Place) -> Iterator[tuple[Place | None, str]]:
    """LiteLLM's proxy before that provider; None and the reason if it cannot be had here."""
    tool, python = uv.find_uv_bin(), folder / "bin" / "python"
    subprocess.run([tool, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
    install = [tool, "pip", "install", "--quiet", "--python", str(python), LITELLM]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode:
        yield None, "could not be installed: " + (done.stderr.strip().splitlines() or [""])[-1][:60]
        return
    config = folder / "config.yaml"
    models = [
        {"model_name": name, "litellm_params": {"model": f"openai/{name}", "api_base": bare.url, "api_key": "-"}}
        for name in MODELS
    ]
    config.write_text(json.dumps({"model_list": models}))  # JSON is YAML
    # It refuses to start without a key of its own, and a weak one is none. Its table of prices comes with it.
    key = f"sk-{secrets.token_hex(32)}"
    more = {"LITELLM_MASTER_KEY": key, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "HOME": str(folder)}
    command = [str(folder / "bin" / "litellm"), "--config", str(config), "--host", "127.0.0.1", "--port"]
    try:
        with _serving(command, more) as port:
            yield Place(f"http://127.0.0.1:{port}/v1", key), ""
    except RuntimeError as error:
        yield None, str(error)


@contextmanager
def _serving(command: list[str], more: Mapping[str, str] = {}) -> Iterator[int]:
    """A process that serves on a port, which is its last argument; RuntimeError, with its last words, if it ends."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([*command, str(port)], stdout=said, stderr=said, env={**os.environ, **more})
        try:
            for _ in range(4800):  # the proxy's imports take their time on a busy machine
                with socket.socket() as client:
                    if client.connect_ex(("127.0.0.1", port)) == 0:
                        break
                if process.poll() is not None:
                    raise RuntimeError(f"did not start: {_last_words(said)}")
                time.sleep(0.05)
            else:
                raise RuntimeError(f"did not come to serve: {_last_words(said)}")
            yield port
        finally:
            process.terminate()
            process.wait(20)


def _last_words(said: IO[bytes]) -> str:
    said.seek(0)
    words = [line.strip() for line in said.read().decode(errors="replace").splitlines() if line.strip()]
    return words[-1][:200] if words else "it said nothing"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, figure, reach in measure(Path(folder)):
            print(f"{name:60} {figure:>24}   {reach}")


if __name__ == "__main__":
    main()
