"""Model calls, budgets and prices of real runs over REST."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from servers import ServerUnderTest, running_server, wait_until


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerUnderTest]:
    """A server that asks a person after three same requests."""
    with running_server(tmp_path_factory.mktemp("guarded"), runaway_repeats="3") as server:
        yield server


def test_the_calls_of_a_run_are_kept_priced_and_played_again(server: ServerUnderTest) -> None:
    price = server.call("PUT", "/prices", json={"model": "scripted", "input": 1000, "output": 2000})
    ended = server.run("chat", count=2, seconds=0)
    server.call("DELETE", f"/prices/{price['id']}")
    found = server.call("GET", f"/executions/{ended['id']}/model-calls")
    assert found["pagination"]["total"] == 2
    calls = found["calls"]
    assert all(one["isScripted"] and one["status"] == "completed" for one in calls)
    expected = [(one["inputTokens"] * 1000 + one["outputTokens"] * 2000) / 1e6 for one in calls]
    assert [one["cost"] for one in calls] == expected
    assert ended["cost"] == round(sum(expected), 9)
    assert ended["tokensUsed"] == sum(one["inputTokens"] + one["outputTokens"] for one in calls)
    one = server.call("GET", f"/executions/{ended['id']}/model-calls/{calls[0]['id']}")
    assert '"content": "hello"' in one["request"]
    assert "scripted model" in one["reply"]
    script = yaml.safe_load(server.call("GET", f"/executions/{ended['id']}/script")["script"])
    assert [rule["when"] for rule in script["rules"]] == [{"equals": "hello", "order": 1}]
    assert script["rules"][0]["reply"] in one["reply"]


def test_what_runs_on_this_machine_costs_nothing_by_declaration(server: ServerUnderTest) -> None:
    ended = server.run("chat", count=1, seconds=0)
    assert ended["cost"] == 0
    call = server.call("GET", f"/executions/{ended['id']}/model-calls")["calls"][0]
    assert (call["cost"], call["priceSource"]) == (0, "declared")


def test_calls_and_totals_survive_kill_9(own_server: ServerUnderTest) -> None:
    execution = own_server.start_run(own_server.agent("chat", count=40, seconds=0.05))
    wait_until(lambda: own_server.execution(execution)["tokensUsed"] > 0)
    own_server.kill()
    own_server.start()
    own_server.wait(execution)
    ended = own_server.execution(execution)
    calls = []
    for page in (1, 2, 3):
        calls += own_server.call("GET", f"/executions/{execution}/model-calls", params={"page": page})["calls"]
    assert len({one["id"] for one in calls}) == len(calls)
    assert ended["tokensUsed"] == sum(one["inputTokens"] + one["outputTokens"] for one in calls)


def test_a_budget_ends_a_run_with_its_reason_and_warns_before(server: ServerUnderTest) -> None:
    agent = server.agent("chat", {"graceSeconds": 1}, count=50, seconds=0.02)
    body = {"scope": "agent", "subjectId": agent, "period": "day", "maxCalls": 4, "warnPercent": 50, "name": "few"}
    budget = server.call("POST", "/budgets", 201, json=body)
    ended = server.wait(server.start_run(agent))
    assert (ended["status"], ended["failure"]) == ("FAILED", "budget")
    assert "The budget of 4 model calls 'few' of the agent 'probe chat' for a day is used up." in ended["reason"]
    assert any("50 % of the budget 'few'" in message for message in server.messages(ended["id"]))
    state = server.call("GET", f"/budgets/{budget['id']}")
    assert (state["spent"]["calls"], state["isUsedUp"], state["percent"]) == (4, True, 100)
    changed = server.call("PUT", f"/budgets/{budget['id']}", json={"maxCalls": None, "maxTokens": 10**9})
    assert "maxCalls" not in changed
    assert not changed["isWarned"]
    server.call("DELETE", f"/budgets/{budget['id']}")
    server.call("GET", f"/budgets/{budget['id']}", 404)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"period": "day"}, "/maxCost"),
        ({"period": "week", "maxCost": 1}, "/period"),
        ({"period": "day", "maxCost": -1}, "/maxCost"),
        ({"period": "day", "maxCost": 1, "warnPercent": 0}, "/warnPercent"),
    ],
)
def test_a_budget_that_is_none_is_refused(server: ServerUnderTest, body: dict[str, object], pointer: str) -> None:
    faults = server.call("POST", "/budgets", 400, json=body)["details"]["faults"]
    assert pointer in [fault["pointer"] for fault in faults]


def test_a_budget_is_for_something_that_is_there(server: ServerUnderTest) -> None:
    server.call("POST", "/budgets", 404, json={"scope": "agent", "subjectId": "no", "period": "day", "maxCalls": 1})
    server.call("POST", "/budgets", 404, json={"scope": "key", "period": "day", "maxCalls": 1})


def test_a_key_s_budget_counts_the_runs_that_it_started(server: ServerUnderTest) -> None:
    made = server.call("POST", "/keys", 201, json={"name": "for runs"})
    budget = server.call(
        "POST", "/budgets", 201, json={"scope": "key", "subjectId": made["id"], "period": "total", "maxCalls": 100}
    )
    agent = server.agent("chat", count=2, seconds=0)
    headers = {"Authorization": f"Bearer {made['key']}"}
    body = {"agentId": agent}
    server.wait(server.call("POST", "/executions", 201, json=body, headers=headers)["executionId"])
    server.wait(server.start_run(agent))
    assert server.call("GET", f"/budgets/{budget['id']}")["spent"]["calls"] == 2


def test_a_run_in_circles_asks_and_goes_on(guarded: ServerUnderTest) -> None:
    execution = guarded.start_run(guarded.agent("chat", count=5, seconds=0))
    question = _question(guarded, execution)
    assert "the same request to a model 3 times" in question["question"]
    guarded.call("POST", f"/executions/{execution}/answers", json={"questionId": question["id"], "answer": "Go on"})
    ended = guarded.wait(execution)
    assert ended["status"] == "COMPLETED"
    assert "waitingFor" not in ended
    assert any("held back" in message for message in guarded.messages(execution))


def test_a_run_in_circles_is_ended_by_who_is_asked(guarded: ServerUnderTest) -> None:
    execution = guarded.start_run(guarded.agent("chat", {"graceSeconds": 1}, count=50, seconds=0))
    question = _question(guarded, execution)
    guarded.call("POST", f"/executions/{execution}/answers", json={"questionId": question["id"], "answer": "Stop"})
    ended = guarded.wait(execution)
    assert (ended["status"], ended["failure"]) == ("FAILED", "budget")
    assert "A person stopped it." in ended["reason"]


def test_a_run_that_is_held_back_can_be_cancelled(guarded: ServerUnderTest) -> None:
    execution = guarded.start_run(guarded.agent("chat", {"graceSeconds": 1}, count=50, seconds=0))
    _question(guarded, execution)
    guarded.call("DELETE", f"/executions/{execution}")
    assert guarded.wait(execution)["status"] == "CANCELLED"


def test_what_a_killed_server_has_asked_is_not_asked_any_more(tmp_path: Path) -> None:
    with running_server(tmp_path, runaway_repeats="3") as server:
        execution = server.start_run(server.agent("resist", seconds=60))
        before = _question(server, execution)
        server.kill()
        server.start()
        wait_until(lambda: _asked(server, execution) - {before["id"]})
        assert before["id"] not in _asked(server, execution)


def test_without_bodies_the_rest_of_a_call_is_kept(tmp_path: Path) -> None:
    with running_server(tmp_path, model_body_days="0") as server:
        ended = server.run("chat", count=1, seconds=0)
        [call] = server.call("GET", f"/executions/{ended['id']}/model-calls")["calls"]
        assert not call["hasBodies"]
        one = server.call("GET", f"/executions/{ended['id']}/model-calls/{call['id']}")
        assert "request" not in one and "reply" not in one
        server.call("GET", f"/executions/{ended['id']}/script", 409)


def _asked(server: ServerUnderTest, execution: str) -> set[str]:
    return {one["id"] for one in server.execution(execution).get("waitingFor", ())}


def _question(server: ServerUnderTest, execution: str) -> dict[str, str]:
    wait_until(lambda: server.execution(execution).get("waitingFor"))
    return server.execution(execution)["waitingFor"][0]
