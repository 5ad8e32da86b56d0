"""Executions over REST."""

from datetime import datetime, timedelta, timezone

import pytest
from servers import ServerUnderTest, processes_of


def test_a_run_completes_with_output_reason_and_duration(server: ServerUnderTest) -> None:
    execution = server.run("echo", text="hi")
    assert (execution["status"], execution["output"]["answer"]) == ("COMPLETED", "hi")
    assert execution["reason"].startswith("Completed in")
    assert "error" not in execution
    assert execution["reason"] == f"Completed in {execution['duration'] / 1000:.1f} s."


def test_the_configuration_of_a_request_counts_for_that_run_and_is_recorded(server: ServerUnderTest) -> None:
    agent = server.agent("echo", text="agent's")
    execution = server.wait(server.start_run(agent, configuration={"text": "run's"}))
    assert execution["output"]["answer"] == "run's"
    assert execution["configuration"] == {
        "do": "echo",
        "text": "run's",
        "seconds": 0.05,
        "count": 3,
    }
    assert server.call("GET", f"/agents/{agent}")["configuration"]["text"] == "agent's"


def test_trigger_and_environment_are_kept(server: ServerUnderTest) -> None:
    agent = server.agent("echo")
    execution = server.execution(server.start_run(agent, trigger="webhook", environment="production"))
    assert (execution["trigger"], execution["environment"]) == ("webhook", "production")


@pytest.mark.parametrize(
    ("do", "reason", "failure"),
    [
        ("raise", "ValueError: something broke", "framework"),
        ("fail", "The task cannot be done.", "framework"),
        ("segfault", "The worker was killed by signal 11 (SIGSEGV)", "worker_killed"),
        ("exit", "The worker ended with exit code 3 and left no result.", "worker_killed"),
    ],
)
def test_every_failure_has_a_reason_and_a_class(server: ServerUnderTest, do: str, reason: str, failure: str) -> None:
    execution = server.run(do)
    assert (execution["status"], execution["failure"]) == ("FAILED", failure)
    assert execution["error"].startswith(reason)


def test_the_last_words_of_a_crash_are_in_the_log(server: ServerUnderTest) -> None:
    assert [line["message"] for line in server.run("segfault")["logs"]] == ["about to crash"]


def test_what_is_printed_becomes_log_lines(server: ServerUnderTest) -> None:
    logs = server.run("print", count=3)["logs"]
    assert [line["message"] for line in logs if line["level"] == "INFO"][:3] == ["out 0", "out 1", "out 2"]
    assert [line["message"] for line in logs if line["level"] == "WARN"] == ["to stderr"]


def test_logs_are_paged_and_filtered_by_level(server: ServerUnderTest) -> None:
    execution = server.run("count", count=5, seconds=0)["id"]
    page = server.call("GET", f"/executions/{execution}/logs", params={"limit": 2, "offset": 1})
    assert [line["message"] for line in page["logs"]] == ["line 1", "line 2"]
    assert page["pagination"] == {"offset": 1, "limit": 2, "total": 5, "hasMore": True}
    debug = server.call("GET", f"/executions/{execution}/logs", params={"level": "DEBUG"})
    assert [line["metadata"]["i"] for line in debug["logs"]] == [1, 3]


def test_cancel_ends_a_run_and_says_so(server: ServerUnderTest) -> None:
    execution = server.start_run(server.agent("tidy", seconds=600))
    server.wait(execution, {"RUNNING"})
    server.call("DELETE", f"/executions/{execution}")
    ended = server.wait(execution)
    assert (ended["status"], ended["failure"]) == ("CANCELLED", "cancelled")
    assert ended["error"].startswith("Cancelled after")


def test_cancelling_what_has_ended_is_a_conflict(server: ServerUnderTest) -> None:
    ended = server.run("echo")["id"]
    assert server.call("DELETE", f"/executions/{ended}", 409)["error"] == "already_ended"


def test_a_worker_that_swallows_the_wish_to_stop_is_killed_after_its_grace(server: ServerUnderTest) -> None:
    execution = server.start_run(server.agent("stubborn", {"graceSeconds": 0.5}, seconds=600))
    server.wait_for_log(execution, "stubborn")
    server.call("DELETE", f"/executions/{execution}")
    assert server.wait(execution, seconds=10)["status"] == "CANCELLED"


def test_a_run_over_its_time_ends_as_timeout(server: ServerUnderTest) -> None:
    ended = server.run("sleep", {"timeoutSeconds": 0.5, "graceSeconds": 0.5}, seconds=600)
    assert (ended["status"], ended["failure"]) == ("TIMEOUT", "timeout")
    assert "longer than its timeout of 0.5 s" in ended["error"]


def test_children_in_sessions_of_their_own_are_ended_too(server: ServerUnderTest) -> None:
    execution = server.start_run(server.agent("family", {"graceSeconds": 0.5}, seconds=600))
    server.wait_for_log(execution, "family started")
    assert len(processes_of(execution)) >= 3
    server.call("DELETE", f"/executions/{execution}")
    server.wait(execution)
    assert processes_of(execution) == []


def test_a_completed_run_leaves_no_process_behind(server: ServerUnderTest) -> None:
    execution = server.run("family", seconds=0)
    assert execution["status"] == "COMPLETED"
    assert processes_of(execution["id"]) == []


def test_a_worker_sees_a_scrubbed_environment_and_its_own_folder(server: ServerUnderTest) -> None:
    output = server.run("echo")["output"]
    assert output["folder"].endswith("/files")
    allowed = {"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "HOME", "PYTHONUTF8", "NO_PROXY", "no_proxy"}
    of_openai = {"OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE"}
    of_anthropic = {"ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"}
    assert set(output["environment"]) <= allowed | of_openai | of_anthropic | {"ORCHESTRA_EXECUTION"}


def test_a_worker_can_neither_forge_its_status_nor_break_the_log(server: ServerUnderTest) -> None:
    execution = server.run("forge")
    assert execution["status"] == "COMPLETED"
    messages = [line["message"] for line in execution["logs"]]
    assert any("a status of its own" in message for message in messages)
    assert any(message.endswith("this is no event") for message in messages)
    assert "NUL \ufffd and surrogate \ufffd" in messages


def test_more_runs_than_slots_wait_their_turn(server: ServerUnderTest) -> None:
    agent = server.agent("sleep", seconds=0.3)
    started = [server.start_run(agent) for _ in range(20)]
    assert {server.wait(execution)["status"] for execution in started} == {"COMPLETED"}


def test_a_waiting_run_can_be_cancelled(server: ServerUnderTest) -> None:
    sleeper = server.agent("sleep", seconds=600)
    sleepers = [server.start_run(sleeper) for _ in range(8)]
    waiting = server.start_run(server.agent("echo"))
    assert server.execution(waiting)["status"] == "PENDING"
    server.call("DELETE", f"/executions/{waiting}")
    ended = server.wait(waiting)
    assert (ended["status"], ended["reason"]) == ("CANCELLED", "Cancelled before it started.")
    for execution in sleepers:
        server.call("DELETE", f"/executions/{execution}")
    assert {server.wait(execution)["status"] for execution in sleepers} == {"CANCELLED"}


def test_executions_are_filtered_by_framework_environment_and_several_statuses(server: ServerUnderTest) -> None:
    agent = server.agent("echo")
    staged = server.start_run(agent, environment="staging")
    produced = server.start_run(agent, environment="production")
    failed = server.start_run(agent, configuration={"do": "fail"})
    for execution in (staged, produced, failed):
        server.wait(execution)

    def found(query: str) -> list[str]:
        answer = server.call("GET", f"/executions?agentId={agent}&{query}")
        ids = [one["id"] for one in answer["executions"]]
        assert answer["pagination"]["total"] == len(ids)
        return ids

    assert found("environment=staging") == [staged]
    assert found("environment=development") == [failed]
    assert found("status=COMPLETED") == [produced, staged]
    assert found("status=FAILED&status=COMPLETED") == [failed, produced, staged]
    assert found("status=FAILED&status=CANCELLED&environment=production") == []
    assert found("framework=probe") == [failed, produced, staged]
    assert found("framework=miniagi") == []


def test_executions_are_filtered_by_the_time_at_which_they_were_accepted(server: ServerUnderTest) -> None:
    agent = server.agent("echo")
    ids = [server.start_run(agent) for _ in range(3)]
    times = [server.execution(one)["createdAt"] for one in ids]

    def found(**query: str) -> list[str]:
        answer = server.call("GET", "/executions", params={"agentId": agent, **query})
        assert answer["pagination"]["total"] == len(answer["executions"])
        return [one["id"] for one in answer["executions"]]

    assert found(**{"from": times[1]}) == [ids[2], ids[1]]
    assert found(to=times[1]) == [ids[0]]
    assert found(**{"from": times[0]}, to=times[2]) == [ids[1], ids[0]]
    berlin = datetime.fromisoformat(times[1]).astimezone(timezone(timedelta(hours=1))).isoformat()
    assert found(**{"from": berlin}) == [ids[2], ids[1]]
    assert found(to="1999-12-31T23:59:59Z") == []


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday",
        "from=2026-01-01T00:00:00",
        "to=0001-01-01T00:00:00%2B14:00",
        "to=9999-12-31T23:59:59-14:00",
        "status=COMPLETED&status=BUSY",
        "environment=moon",
    ],
)
def test_a_filter_that_cannot_be_is_refused_with_its_place(server: ServerUnderTest, query: str) -> None:
    fault = server.call("GET", f"/executions?{query}", 400)["details"]["faults"][0]
    assert fault["pointer"].startswith("/" + query.partition("=")[0])
    assert fault["message"]
