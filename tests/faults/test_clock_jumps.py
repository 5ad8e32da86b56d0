"""A wall clock that is set forward and back by hours: nothing times out, gets out of order, or is forgotten."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from servers import ServerUnderTest, running_server_with

_LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
_TIMEOUT = {"timeoutSeconds": 60}

pytestmark = pytest.mark.skipif(_LIBRARY is None, reason="libfaketime is not installed (Debian package faketime)")


class Clock:
    """The wall clock that a server sees; the monotonic one is left alone, as the kernel does it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set(0)

    def set(self, hours: int) -> None:
        made = self._file.with_suffix(".new")
        made.write_text(f"{hours:+d}h\n")
        made.replace(self._file)

    def variables(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(_LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path / "clock")


@pytest.fixture
def clocked(tmp_path: Path, clock: Clock) -> Iterator[ServerUnderTest]:
    with running_server_with(clock.variables(), tmp_path) as server:
        yield server


def seconds_between(execution: dict[str, str], other: dict[str, str]) -> float:
    at, then = (datetime.fromisoformat(e["startedAt"]) for e in (execution, other))
    return (then - at).total_seconds()


def test_a_clock_that_jumps_while_runs_go_on_disturbs_none(clocked: ServerUnderTest, clock: Clock) -> None:
    began = time.monotonic()
    execution = clocked.start_run(clocked.agent("count_on", _TIMEOUT))
    clocked.wait_for_log(execution, "line 2")
    first = clocked.run("echo")
    clock.set(+5)
    later = clocked.run("echo", _TIMEOUT)
    assert seconds_between(first, later) > 4 * 3600  # the server did see it
    clocked.wait_for_log(execution, "clock was set forward")
    clock.set(-5)
    earlier = clocked.run("echo", _TIMEOUT)
    assert seconds_between(first, earlier) < -4 * 3600
    clocked.wait_for_log(execution, "clock was set back")
    ended = clocked.let_end(execution, apart_from="This computer's clock was set")
    assert {run["status"] for run in (first, later, earlier)} == {"COMPLETED"}
    assert all(0 <= run["duration"] <= (time.monotonic() - began) * 1000 for run in (first, later, earlier, ended))


def test_what_was_accepted_before_the_clock_was_set_back_is_run(clocked: ServerUnderTest, clock: Clock) -> None:
    clock.set(+5)
    agent = clocked.agent("sleep", {**_TIMEOUT, "maxConcurrent": 1}, seconds=0.5)
    started = [clocked.start_run(agent) for _ in range(3)]
    clock.set(-5)
    assert {clocked.wait(execution)["status"] for execution in started} == {"COMPLETED"}


@pytest.mark.parametrize(
    ("framework", "hours"), [("probe", 7), ("probe", -7), ("probe-spare", 7), ("probe-reusable", -7)]
)
def test_a_clock_that_jumps_while_the_server_is_away_changes_no_end(
    clocked: ServerUnderTest, clock: Clock, framework: str, hours: int
) -> None:
    clocked.framework = framework
    began = time.monotonic()
    assert clocked.run("echo")["status"] == "COMPLETED"
    goes_on = clocked.start_run(clocked.agent("count_on", _TIMEOUT))
    ends = clocked.start_run(clocked.agent("count", _TIMEOUT, count=5))
    clocked.wait_for_log(goes_on, "line 2")
    clocked.wait_for_log(ends, "line 2")
    clocked.kill()
    clock.set(hours)
    clocked.start()
    assert clocked.execution(goes_on)["status"] == "RUNNING"
    for ended in (clocked.let_end(goes_on), clocked.wait(ends)):
        assert ended["status"] == "COMPLETED", ended
        assert 0 <= ended["duration"] <= (time.monotonic() - began) * 1000
    assert clocked.messages(ends) == [f"line {i}" for i in range(5)]
