"""Measures what a run costs beyond its framework: the same sample as an agent and in a plain script, in turns."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from one_agent import LIVING
from servers import ServerUnderTest, running_server

from orchestra.domain.frameworks import Framework, scripted_model
from orchestra.environments.catalog import interpreter_for
from orchestra.registry import Registry
from orchestra.testing.gateway import TrialGateway

_PLAIN = Path(__file__).with_name("plain_frameworks.py")
_SAMPLE = "assistant"
_ROUNDS = 12
_TELEMETRY_OFF = {"CREWAI_DISABLE_TELEMETRY": "true", "CREWAI_DISABLE_TRACKING": "true", "OTEL_SDK_DISABLED": "true"}


class Plain:
    """The script, which runs once each time."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def milliseconds(self) -> float:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write("once\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        assert told["answer"], told
        return told["seconds"] * 1000


@contextmanager
def plain(framework: Framework, server: ServerUnderTest, gateway: TrialGateway, home: Path) -> Iterator[Plain]:
    """The script with the same models, in the framework's own Python."""
    number, key = gateway.new_key()
    home.mkdir(parents=True)
    variables = {"OPENAI_BASE_URL": gateway.url, "OPENAI_API_KEY": key, "HOME": str(home), "PATH": os.environ["PATH"]}
    process = subprocess.Popen(
        [interpreter_for(framework, server.data_dir).command[0], str(_PLAIN), framework.id,
         scripted_model(framework.id, _SAMPLE)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=home,
        env={**variables, **_TELEMETRY_OFF},
    )  # fmt: skip
    try:
        yield Plain(process)
    finally:
        process.kill()
        process.communicate()
        gateway.end(number)


def milliseconds_of_a_run(server: ServerUnderTest, agent: str, given: dict[str, object]) -> float:
    """From POST to COMPLETED seen over REST."""
    began = time.perf_counter()
    execution = server.start_run(agent, input=given)
    found = server.call("GET", f"/executions/{execution}", headers={"Prefer": "wait=30"})
    assert found["status"] == "COMPLETED", found
    return (time.perf_counter() - began) * 1000


def compare(framework: Framework, server: ServerUnderTest, gateway: TrialGateway, folder: Path) -> tuple[float, float]:
    """Median milliseconds of the script and of a run, both warm; they take turns."""
    sample = next(one for one in framework.samples if one.id == _SAMPLE)
    body = {"name": framework.id, "framework": framework.id, "configuration": dict(sample.configuration)}
    agent = server.call("POST", "/agents", 201, json=body)["id"]
    pairs: list[tuple[float, float]] = []
    with plain(framework, server, gateway, folder / framework.id) as script:
        for _ in range(_ROUNDS + 2):
            pairs.append((script.milliseconds(), milliseconds_of_a_run(server, agent, dict(sample.input))))
    bare, ours = zip(*pairs[2:], strict=True)  # the first ones import and warm up
    return statistics.median(bare), statistics.median(ours)


def measure(folder: Path) -> list[tuple[str, str, str]]:
    """The rows of the table: each living framework's plain script, and the same as an agent."""
    registry = Registry()
    registry.load()
    rows: list[tuple[str, str, str]] = []
    with running_server(folder) as server, TrialGateway(registry.scripts()) as gateway:
        for framework in (registry.frameworks[one] for one in LIVING if one in registry.frameworks):
            install(server, framework.id)
            bare, ours = compare(framework, server, gateway, folder)
            rows.append((f"{framework.title}, {_SAMPLE}: plain script", f"{bare:.0f} ms", ""))
            more = f"{ours:.0f} ms = {ours - bare:+.0f} ms"
            rows.append(
                (f"{framework.title}, {_SAMPLE}: as an agent", more, f"≤ {bare * 1.1 + 30:.0f} ms (10 % + 30 ms)")
            )
    return rows


def install(server: ServerUnderTest, framework: str) -> None:
    shown = server.call("POST", f"/frameworks/{framework}/install", 202)
    while shown["state"] == "building":
        time.sleep(0.2)
        shown = server.call("GET", f"/frameworks/{framework}")
    assert shown["state"] == "ready", shown


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        for row in measure(Path(made)):
            print(f"{row[0]:52} {row[1]:>26}   {row[2]}")
