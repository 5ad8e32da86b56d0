"""Limits are kept from outside, whatever the framework does."""

import psutil
import pytest
from servers import ServerUnderTest, processes_of


def test_a_run_that_is_silent_for_too_long_ends_as_timeout(server: ServerUnderTest) -> None:
    ended = server.run("stubborn", {"idleTimeoutSeconds": 1, "graceSeconds": 0.3}, seconds=600)
    assert (ended["status"], ended["failure"]) == ("TIMEOUT", "timeout")
    assert "nothing was heard of it for 1.0 s" in ended["reason"]
    assert processes_of(ended["id"]) == []


def test_a_run_that_is_heard_of_is_not_idle(server: ServerUnderTest) -> None:
    assert server.run("count", {"idleTimeoutSeconds": 2}, count=30, seconds=0.1)["status"] == "COMPLETED"


def test_a_run_that_takes_too_much_memory_fails_and_its_processes_are_gone(server: ServerUnderTest) -> None:
    ended = server.run("hog", {"memoryMegabytes": 150, "graceSeconds": 0.3}, count=400, seconds=600)
    assert (ended["status"], ended["failure"]) == ("FAILED", "budget")
    assert "more than 150 MB of memory" in ended["reason"]
    assert processes_of(ended["id"]) == []


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"maxModelCalls": 3}, "budget of 3 model calls is used up"),
        ({"maxTokens": 400}, "budget of 400 tokens does not allow for this call"),
    ],
)
def test_a_run_that_has_used_up_its_budget_gets_no_more_answers_and_fails(
    server: ServerUnderTest, limits: dict[str, int], words: str
) -> None:
    ended = server.run("chat", {**limits, "graceSeconds": 1}, count=50, seconds=0.02)
    assert (ended["status"], ended["failure"]) == ("FAILED", "budget")
    assert words in ended["reason"]


def test_a_budget_that_is_just_enough_is_enough(server: ServerUnderTest) -> None:
    assert server.run("chat", {"maxModelCalls": 3}, count=3, seconds=0)["status"] == "COMPLETED"


def test_a_budget_goes_on_through_kill_9(own_server: ServerUnderTest) -> None:
    execution = own_server.start_run(own_server.agent("resist", {"maxModelCalls": 40}, seconds=60))
    own_server.wait_for_log(execution, "answered 200")
    own_server.kill()
    own_server.start()
    ended = own_server.wait(execution)
    assert (ended["status"], ended["failure"]) == ("FAILED", "budget")
    assert own_server.messages(execution).count("answered 200") <= 40


def test_the_log_says_step_by_step_how_a_run_was_ended(server: ServerUnderTest) -> None:
    execution = server.start_run(server.agent("family", {"softStopSeconds": 0.2, "graceSeconds": 0.6}, seconds=600))
    server.wait_for_log(execution, "family started")
    family = [psutil.Process(pid) for pid in processes_of(execution)]
    server.call("DELETE", f"/executions/{execution}")
    ended = server.wait(execution)
    assert ended["status"] == "CANCELLED"
    assert not any(process.is_running() and process.status() != "zombie" for process in family)
    last = server.events(execution)[-1]
    assert [step["step"] for step in last.data["ending"]][:1] == ["soft_stop"]
    assert last.data["processesLeft"] == 0
    assert "It was asked to stop" in ended["reason"] and "Nothing of it is left." in ended["reason"]
