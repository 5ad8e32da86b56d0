"""kill -9 of a worker, or of the zygote that forks workers: what dies with it ends with a reason, nothing else ends."""

import os
import signal
from pathlib import Path

import psutil
import pytest
from servers import ServerUnderTest, is_running, processes_of, wait_until


def zygotes_of(server: ServerUnderTest) -> list[int]:
    children = filter(is_running, (child.pid for child in psutil.Process(server.process.pid).children()))
    return [pid for pid in children if Path(f"/proc/{pid}/cmdline").read_bytes().endswith(b"\0zygote\0")]


def test_a_worker_that_is_killed_ends_failed_and_the_reason_has_its_last_words(any_workers: ServerUnderTest) -> None:
    execution = any_workers.start_run(any_workers.agent("sleep", seconds=600))
    any_workers.wait_for_log(execution, "sleeping")
    os.kill(processes_of(execution)[0], signal.SIGKILL)
    ended = any_workers.wait(execution)
    assert (ended["status"], ended["failure"]) == ("FAILED", "worker_killed")
    assert "SIGKILL" in ended["reason"] and ended["reason"].endswith("\nsleeping")
    assert any_workers.run("echo")["status"] == "COMPLETED"


def test_a_worker_that_leaves_without_a_result_ends_failed(any_workers: ServerUnderTest) -> None:
    for code in (0, 7):
        ended = any_workers.run("exit", count=code)
        assert (ended["status"], ended["failure"]) == ("FAILED", "worker_killed")
        assert f"exit code {code}" in ended["reason"]


def test_runs_outlive_their_zygote_and_the_next_one_gets_another(own_server: ServerUnderTest) -> None:
    goes_on = own_server.start_run(own_server.agent("count_on"))
    own_server.wait_for_log(goes_on, "line 1")
    (zygote,) = zygotes_of(own_server)
    os.kill(zygote, signal.SIGKILL)
    assert own_server.run("echo")["status"] == "COMPLETED"
    assert len(zygotes_of(own_server)) == 1 and zygotes_of(own_server) != [zygote]
    own_server.let_end(goes_on)


def test_runs_that_come_in_the_moment_in_which_the_zygote_dies_all_end_well(own_server: ServerUnderTest) -> None:
    agent = own_server.agent("echo")
    started: list[str] = []
    for _ in range(4):
        started += [own_server.start_run(agent) for _ in range(6)]
        for zygote in zygotes_of(own_server):
            os.kill(zygote, signal.SIGKILL)
    ended = [own_server.wait(execution) for execution in started]
    assert [(one["status"], one["reason"]) for one in ended if one["status"] != "COMPLETED"] == []
    assert own_server.call("GET", f"/agents/{agent}")["totalExecutions"] == len(started)


def test_a_zygote_that_hangs_holds_no_run_for_long(own_server: ServerUnderTest) -> None:
    goes_on = own_server.start_run(own_server.agent("count_on"))
    own_server.wait_for_log(goes_on, "line 1")
    (zygote,) = zygotes_of(own_server)
    os.kill(zygote, signal.SIGSTOP)
    comes = own_server.start_run(own_server.agent("echo"))
    own_server.let_end(goes_on)
    assert own_server.wait(comes)["status"] == "COMPLETED"
    wait_until(lambda: zygote not in zygotes_of(own_server))


@pytest.mark.parametrize("framework", ["probe-hanging", "probe-hanging-spare"])
def test_a_run_whose_framework_hangs_in_its_import_is_ended_like_any_other(
    own_server: ServerUnderTest, framework: str
) -> None:
    own_server.framework = framework
    late = own_server.start_run(own_server.agent("echo", {"timeoutSeconds": 1.5, "graceSeconds": 0.5}))
    cancelled = own_server.start_run(own_server.agent("echo", {"graceSeconds": 0.5}))
    own_server.wait(cancelled, {"RUNNING"})
    own_server.call("DELETE", f"/executions/{cancelled}")
    assert own_server.wait(cancelled, seconds=15)["status"] == "CANCELLED"
    assert own_server.wait(late, seconds=15)["status"] == "TIMEOUT"
    assert processes_of(late) == processes_of(cancelled) == []
    left = [child.pid for child in psutil.Process(own_server.process.pid).children()]
    own_server.stop()
    wait_until(lambda: not any(map(is_running, left)))  # what hangs there waits for nobody
