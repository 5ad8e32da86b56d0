"""Measures the engine through REST: one execution after another, many at once, floods of output, cancels, idling."""

import asyncio
import importlib
import json
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from servers import ServerUnderTest, processes_of, running_server_with

from orchestra.domain.frameworks import Framework
from orchestra.engine import tickets
from orchestra.engine.zygote import Zygote
from orchestra.environments.catalog import interpreter_for

_CONNECTIONS = 8


def milliseconds_of_a_run(server: ServerUnderTest, agent: str, runs: int = 100) -> list[float]:
    """From POST to the answer that says COMPLETED, which is waited for; one after another, sorted, warmed up."""
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

    async def ask(self, method: str, path: str, body: bytes = b"", more: str = "") -> dict[str, object]:
        head = f"{method} /api{path} HTTP/1.1\r\n{self._head}{more}"
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
        found = await connection.ask("GET", f"/executions/{execution}", more="Prefer: wait=30\r\n")
        assert found["status"] == "COMPLETED", found
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
        await asyncio.sleep(0.1)  # a look costs as much as a run
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


def lines_a_second(server: ServerUnderTest, agent: str, lines: int = 600_000) -> tuple[float, float]:
    """From start to COMPLETED of a run that prints so many lines, all of them stored; and the slowest health meanwhile.

    The latter in milliseconds.
    """
    _print_lines(server, agent, lines // 10)  # what DuckDB and others load at the first use
    slowest, is_over = [0.0], threading.Event()

    def ask() -> None:
        with httpx2.Client(base_url=server.presence.url, trust_env=False) as client:
            while not is_over.wait(0.02):
                began = time.perf_counter()
                client.get("/api/health").raise_for_status()
                slowest.append((time.perf_counter() - began) * 1000)

    asking = threading.Thread(target=ask)
    asking.start()
    began = time.perf_counter()
    execution = _print_lines(server, agent, lines)
    stored = server.call("GET", f"/executions/{execution}/logs", params={"limit": 1})["pagination"]["total"]
    took = time.perf_counter() - began
    is_over.set()
    asking.join()
    assert stored >= lines, stored
    return lines / took, max(slowest)


def _print_lines(server: ServerUnderTest, agent: str, lines: int) -> str:
    before = server.call("GET", f"/agents/{agent}")["successfulExecutions"]
    execution = server.start_run(agent, input={"lines": lines})
    while server.call("GET", f"/agents/{agent}")["successfulExecutions"] == before:
        time.sleep(0.05)
    return execution


def seconds_to_cancel(server: ServerUnderTest, agent: str, given: dict[str, object]) -> float:
    """From DELETE until no process of the run is left, median of several."""
    figures: list[float] = []
    for _ in range(5):
        execution = server.start_run(agent, input=given)
        server.wait(execution, {"RUNNING"})
        while not (found := processes_of(execution)):
            time.sleep(0.01)
        time.sleep(0.3)  # it has begun
        began = time.perf_counter()
        server.call("DELETE", f"/executions/{execution}")
        while any(map(psutil.pid_exists, found)):
            time.sleep(0.002)
        figures.append(time.perf_counter() - began)
        server.wait(execution)
    return statistics.median(figures)


def percent_of_a_core_when_idle(server: ServerUnderTest, seconds: float = 20.0) -> float:
    """What the server and all it has started cost while nothing runs."""
    time.sleep(3)
    family = [psutil.Process(server.process.pid), *psutil.Process(server.process.pid).children(recursive=True)]

    def used() -> float:
        return sum(sum(one.cpu_times()[:2]) for one in family)

    before = used()
    time.sleep(seconds)
    return (used() - before) / seconds * 100


async def bare_forks_a_second(
    command: tuple[str, ...], adapter: Path, folder: Path, runs: int = 500, at_once: int = 16
) -> float:
    """What a zygote does without a server: fork, run, reap, so many at once."""
    zygote = await Zygote.start(command, adapter, folder)

    async def one(number: int) -> None:
        journal, home = folder / str(number) / "1", folder / str(number) / "files"
        for made in (journal, home):
            made.mkdir(parents=True)
        job: dict[str, object] = {
            "id": "0" * 32,
            "number": number,
            "attempt": 1,
            "ticket": tickets.issue(journal),
            "folder": str(home),
            "journal": str(journal),
            "gateway_url": "-",
            "gateway_key": "-",
            "adapter": str(adapter),
            "configuration": {},
            "input": {},
        }
        worker = await zygote.fork("0" * 32, job)
        assert await worker.exited() == 0

    numbers = iter(range(runs))

    async def some() -> None:
        for number in numbers:
            await one(number)

    began = time.perf_counter()
    await asyncio.gather(*(some() for _ in range(at_once)))
    took = time.perf_counter() - began
    zygote.close()
    return runs / took


def measure(folder: Path) -> list[tuple[str, str, str]]:
    """The rows of the engine's table: what was measured, the figure, and what is to be reached."""
    plugins = {"PYTHONPATH": str(Path(__file__).with_name("bench_plugin"))}
    rows: list[tuple[str, str, str]] = []
    with running_server_with(plugins, folder, slots="16") as server:
        installing = server.call("POST", "/frameworks/bench-langgraph/install", 202)
        while installing["state"] == "building":
            time.sleep(0.2)
            installing = server.call("GET", "/frameworks/bench-langgraph")
        agents = {name: _agent(server, f"bench-{name}") for name in ("langgraph", "reusable", "zygote")}
        for name in ("langgraph", "zygote"):
            runs_a_second(server, agents[name], 32)
            ms = milliseconds_of_a_run(server, agents[name])
            p50, p95 = ms[len(ms) // 2], ms[int(len(ms) * 0.95)]
            rows.append((f"POST → COMPLETED, no-op, {name}", f"{p50:.1f} / {p95:.1f} ms", "p50 ≤ 10, p95 ≤ 25 ms"))
        command = interpreter_for(_framework(), server.data_dir).command
        bare = asyncio.run(bare_forks_a_second(command, _framework().worker, folder / "bare"))
        burst = statistics.median(runs_a_second(server, agents["langgraph"], 496) for _ in range(3))
        rows.append(("the zygote of LangGraph bare: fork, run, reap", f"{bare:.0f}/s", ""))
        rows.append(("500 at once, langgraph", f"{burst:.0f}/s = {burst / bare:.2f} x bare", "≥ 120/s, ≥ 0.6 x bare"))
        burst = statistics.median(runs_a_second(server, agents["reusable"], 496) for _ in range(3))
        rows.append(("500 at once, a worker used again", f"{burst:.0f}/s", "≥ 250/s"))
        rate, health = lines_a_second(server, agents["zygote"])
        rows.append(("lines printed → stored", f"{rate:,.0f}/s, health ≤ {health:.0f} ms", "≥ 150,000/s, ≤ 50 ms"))
        soft = seconds_to_cancel(server, agents["zygote"], {"seconds": 600})
        rows.append(("cancel → gone, cooperates", f"{soft:.2f} s", "≤ 0.3 s"))
        hard = seconds_to_cancel(server, _agent(server, "bench-zygote", graceSeconds=1), {"stubborn": True})
        rows.append(("cancel → gone, ignores, grace of 1 s", f"{hard:.2f} s", "≤ 1.3 s"))
        for _ in range(20):
            _agent(server, "bench-zygote")
        rows.append(("idle, 20 agents", f"{percent_of_a_core_when_idle(server):.2f} % of a core", "≤ 1 %"))
    return rows


def _agent(server: ServerUnderTest, framework: str, **limits: object) -> str:
    body = {"name": framework, "framework": framework, "configuration": {"limits": limits}}
    return server.call("POST", "/agents", 201, json=body)["id"]


def _framework() -> Framework:
    sys.path.insert(0, str(Path(__file__).with_name("bench_plugin")))
    return importlib.import_module("orchestra_bench").orchestra_frameworks()[0]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        for row in measure(Path(made)):
            print(f"{row[0]:52} {row[1]:>26}   {row[2]}")
