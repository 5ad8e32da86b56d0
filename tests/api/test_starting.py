"""Idempotency keys, overrides and retries of executions over REST."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from servers import ServerUnderTest


def keyed(server: ServerUnderTest, key: str, body: dict[str, object]):
    return server.http.post("/api/executions", json=body, headers={"Idempotency-Key": key})


def test_the_same_key_and_request_give_the_same_execution(server: ServerUnderTest) -> None:
    agent = server.agent("echo")
    first = keyed(server, "key one", {"agentId": agent, "input": {"a": 1, "b": 2}})
    again = keyed(server, "key one", {"input": {"b": 2, "a": 1}, "agentId": agent, "environment": "development"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["executionId"] == again.json()["executionId"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"


def test_the_same_key_with_another_request_is_refused(server: ServerUnderTest) -> None:
    agent = server.agent("echo")
    keyed(server, "key two", {"agentId": agent})
    refused = keyed(server, "key two", {"agentId": agent, "input": {"more": True}})
    assert (refused.status_code, refused.json()["error"]) == (409, "idempotency_conflict")


def test_many_requests_at_once_with_one_key_start_one_execution(server: ServerUnderTest) -> None:
    agent = server.agent("echo")
    with ThreadPoolExecutor(16) as clients:
        answers = list(clients.map(lambda _: keyed(server, "key three", {"agentId": agent}), range(32)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["executionId"] for answer in answers}) == 1
    assert server.call("GET", f"/agents/{agent}")["totalExecutions"] == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there"])
def test_a_key_that_is_none_is_refused(server: ServerUnderTest, key: str) -> None:
    refused = keyed(server, key, {"agentId": server.agent("echo")})
    assert (refused.status_code, refused.json()["error"]) == (400, "bad_request")


def test_a_configuration_in_the_request_counts_for_that_run_and_is_recorded(server: ServerUnderTest) -> None:
    agent = server.agent("echo", text="the agent's")
    execution = server.wait(server.start_run(agent, configuration={"text": "the run's"}))
    assert execution["output"]["answer"] == "the run's"
    assert execution["configuration"]["text"] == "the run's"
    assert server.call("GET", f"/agents/{agent}")["configuration"]["text"] == "the agent's"


def test_a_retry_runs_again_with_what_the_first_was_given(server: ServerUnderTest) -> None:
    agent = server.agent("echo", text="old")
    first = server.wait(server.start_run(agent, input={"more": 1}, environment="staging"))
    server.call("PUT", f"/agents/{agent}", json={"configuration": {"do": "raise"}})
    again = server.wait(server.call("POST", f"/executions/{first['id']}/retry", 201)["executionId"])
    for name in ("status", "input", "configuration", "environment", "agentVersion"):
        assert again[name] == first[name], name
    assert (again["output"]["answer"], again["retryOf"]) == ("old", first["id"])


def test_what_runs_cannot_be_retried(server: ServerUnderTest) -> None:
    execution = server.start_run(server.agent("sleep", seconds=60))
    assert server.call("POST", f"/executions/{execution}/retry", 409)["error"] == "conflict"
    server.call("DELETE", f"/executions/{execution}")
    assert server.call("POST", "/executions/none/retry", 404)["error"] == "not_found"


def test_lists_filter_by_trigger(server: ServerUnderTest) -> None:
    execution = server.start_run(server.agent("echo"), trigger="webhook")
    found = server.call("GET", "/executions", params={"trigger": "webhook", "limit": 100})["executions"]
    assert execution in [one["id"] for one in found]
    assert {one["trigger"] for one in found} == {"webhook"}


def test_integers_of_any_size_are_kept(server: ServerUnderTest) -> None:
    started = keyed(server, "key big", {"agentId": server.agent("echo"), "input": {"n": 2**70}})
    assert started.status_code == 201, started.text
    assert server.execution(started.json()["executionId"])["input"] == {"n": 2**70}
