"""`make bench`: measures, beside a bare NiceGUI app and a bare FastAPI app in the same run, and prints a table."""

import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
import claiming
import engine
import environments
import frameworks
import gateway
import rest
from many_plugins import PLUGINS, write_plugins
from servers import ServerUnderTest, running_server

HERE = Path(__file__).parent
ROUNDS = 7
SETTLE_SECONDS = 3.0
_WAYS = (
    ("ours", "", "≥ 0.5 x bare FastAPI"),
    ("limited", " by a stored key with limits", "≥ 0.5 x bare FastAPI"),
    ("anew", " that was never asked before", ""),
)


def environment() -> dict[str, str]:
    """As a user has it: bytecode is written, and nothing of ours is set."""
    dropped = {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH"}
    return {
        name: value for name, value in os.environ.items() if name not in dropped and not name.startswith("ORCHESTRA_")
    }


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def process(command: list[str], **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(
        command, env={**environment(), **variables}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield child
    finally:
        child.terminate()
        child.wait(20)


def seconds_until_healthy(port: int, began: float) -> float:
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        while time.perf_counter() - began < 60:
            try:
                if client.get("/api/health").status_code == 200:
                    return time.perf_counter() - began
            except httpx2.TransportError:
                time.sleep(0.005)
    raise RuntimeError("it did not become healthy")


def start(
    command: Callable[[int], list[str]], settle_seconds: float = SETTLE_SECONDS, **more: str
) -> tuple[float, float]:
    """Seconds from start to healthy, and the megabytes of resident memory some seconds later."""
    port = free_port()
    began = time.perf_counter()
    with process(command(port), **more) as child:
        seconds = seconds_until_healthy(port, began)
        time.sleep(settle_seconds)
        return seconds, psutil.Process(child.pid).memory_info().rss / 1e6


def starts(data_dir: Path) -> dict[str, tuple[float, float]]:
    """Median seconds to healthy and megabytes of each app; the apps take turns, so that noise hits all alike."""
    python = sys.executable
    commands: dict[str, Callable[[int], list[str]]] = {
        "bare FastAPI": lambda port: [python, str(HERE / "bare_fastapi.py"), str(port)],
        "bare NiceGUI": lambda port: [python, str(HERE / "bare_nicegui.py"), str(port)],
        "AgentOrchestra": serve(data_dir),
    }
    for command in commands.values():
        start(command)  # writes bytecode and, for ours, the data folder
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            measured[name].append(start(command))
    return {
        name: (statistics.median(s for s, _ in figures), statistics.median(mb for _, mb in figures))
        for name, figures in measured.items()
    }


def serve(data_dir: Path) -> Callable[[int], list[str]]:
    """The command that serves on a port."""
    command = [sys.executable, "-m", "orchestra", "serve", "--no-browser", "--data-dir", str(data_dir), "--port"]
    return lambda port: [*command, str(port)]


def milliseconds_of_more_plugins(folder: Path) -> float:
    """How much later a start is healthy with ten plugins more, by medians of starts that take turns."""
    write_plugins(folder / "plugins")
    more = {"PYTHONPATH": str(folder / "plugins")}
    command = serve(folder / "data")
    start(command, 0, **more)  # writes bytecode and the data folder
    pairs = [(start(command, 0)[0], start(command, 0, **more)[0]) for _ in range(2 * ROUNDS + 1)]
    without, beside = (statistics.median(figures) for figures in zip(*pairs, strict=True))
    return (beside - without) * 1000


def cpu_seconds_of_help() -> float:
    """Median CPU seconds of `orchestra --help`."""
    figures: list[float] = []
    for _ in range(ROUNDS + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "orchestra", "--help"], env=environment(), capture_output=True, check=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        figures.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(figures[1:])


def against_bare(server: ServerUnderTest, file: Path) -> dict[int, dict[str, float]]:
    """Median requests a second of each way to ask, for each number of connections; the ways take turns.

    `bare` is a bare FastAPI app with the same bytes, `ours` the server's own key, `limited` a stored key whose
    requests are counted, `anew` answers that were never made before.
    """
    file.write_bytes(rest.fill(server))
    key, own = server.call("POST", "/keys", 201, json={"name": "bench"})["key"], server.presence.key
    port, ours = free_port(), server.presence.url + rest.PATH
    ways: dict[str, Callable[[int], float]] = {
        "bare": lambda count: rest.requests_a_second(f"http://127.0.0.1:{port}{rest.PATH}", "-", count),
        "ours": lambda count: rest.requests_a_second(ours, own, count),
        "limited": lambda count: rest.requests_a_second(ours, key, count),
        "anew": lambda count: rest.requests_a_second(ours, own, count, is_always_new=True),
    }
    with process([sys.executable, str(HERE / "bare_fastapi.py"), str(port), str(file)]):
        seconds_until_healthy(port, time.perf_counter())
        return {count: _medians(ways, count) for count in (1, 16)}


def _medians(ways: dict[str, Callable[[int], float]], connections: int) -> dict[str, float]:
    rounds = [{name: way(connections) for name, way in ways.items()} for _ in range(ROUNDS)]
    return {name: statistics.median(one[name] for one in rounds) for name in ways}


def rows_of_environments(built: environments.Figures) -> list[tuple[str, str, str]]:
    """Bare uv neither imports nor checks: it is compared with ours up to there, and with a first import to the end."""
    installed, ready = built.installed / built.bare, built.ready / built.bare_and_import
    return [
        ("LangGraph: uv venv && uv pip sync", f"{built.bare:.2f} s", ""),
        ("LangGraph: the same, and a first import", f"{built.bare_and_import:.2f} s", ""),
        ("LangGraph: ours, installed", f"{built.installed:.2f} s = {installed:.2f} x", "≤ 1.3 x bare uv"),
        ("LangGraph: ours, checked and in place", f"{built.ready:.2f} s = {ready:.2f} x", "≤ 1.3 x bare with import"),
    ]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        figures = starts(Path(folder) / "started")
        plugins_ms = milliseconds_of_more_plugins(Path(folder) / "with plugins")
        help_cpu = cpu_seconds_of_help()
        with running_server(Path(folder) / "runs") as server:
            ages = rest.milliseconds_to_client(server)
        with running_server(Path(folder) / "listed", rate_limit="1000000/hour") as server:
            listed = against_bare(server, Path(folder) / "answer.json")
        claims = {n: claiming.milliseconds_of_a_claim(Path(folder) / f"{n}.db", n) for n in (500, 100_000)}
        built = environments.measure(Path(folder) / "environments")
        runs = engine.measure(Path(folder) / "engine")
        calls = gateway.measure(Path(folder) / "gateway")
        agents = frameworks.measure(Path(folder) / "frameworks")
    ours, nicegui, fastapi = (figures[name] for name in ("AgentOrchestra", "bare NiceGUI", "bare FastAPI"))
    rows = [
        ("start → healthy: bare FastAPI", f"{fastapi[0]:.2f} s", ""),
        ("start → healthy: bare NiceGUI", f"{nicegui[0]:.2f} s", ""),
        ("start → healthy: AgentOrchestra", f"{ours[0]:.2f} s = {ours[0] / nicegui[0]:.2f} x", "≤ 1.5 x bare NiceGUI"),
        ("idle memory (RSS): bare FastAPI", f"{fastapi[1]:.0f} MB", ""),
        ("idle memory (RSS): bare NiceGUI", f"{nicegui[1]:.0f} MB", ""),
        ("idle memory (RSS): AgentOrchestra", f"{ours[1]:.0f} MB", "≤ 200 MB"),
        (f"start with {PLUGINS} plugins more", f"{plugins_ms:+.0f} ms", "≤ +150 ms"),
        ("CPU of orchestra --help", f"{help_cpu:.3f} s", "< 0.3 s"),
    ]
    for connections, rates in listed.items():
        for way, note, reach in _WAYS:
            name = f"GET /api/agents{note}, {connections} connection(s)"
            rows.append((name, f"{rates[way]:.0f}/s = {rates[way] / rates['bare']:.2f} x bare", reach))
    rows += [(f"claim of 16 from {n:,}", f"{took:.1f} ms", "≤ 3 ms, however many") for n, took in claims.items()]
    rows.append(("event → client, p50", f"{ages[len(ages) // 2]:.1f} ms", "≤ 2 ms"))
    rows += rows_of_environments(built) + runs + calls + agents
    for name, figure, reach in rows:
        print(f"{name:52} {figure:>20}   {reach}")


if __name__ == "__main__":
    main()
