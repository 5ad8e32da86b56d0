"""Pausing, stopping, versions and statistics of agents over REST."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from servers import ServerUnderTest


def status(server: ServerUnderTest, agent: str) -> str:
    return server.call("GET", f"/agents/{agent}")["status"]


def test_a_paused_agent_says_so_and_can_still_be_started_by_hand(server: ServerUnderTest) -> None:
    agent = server.agent("echo")
    assert server.call("POST", f"/agents/{agent}/pause")["status"] == "PAUSED"
    assert server.wait(server.start_run(agent))["status"] == "COMPLETED"
    assert status(server, agent) == "PAUSED"
    assert server.call("POST", f"/agents/{agent}/resume")["status"] == "IDLE"


def test_stopping_cancels_what_runs_and_lets_nothing_start(server: ServerUnderTest) -> None:
    agent = server.agent("sleep", seconds=60)
    execution = server.start_run(agent)
    server.wait(execution, {"RUNNING"})
    assert status(server, agent) == "RUNNING"
    server.call("POST", f"/agents/{agent}/stop")
    assert server.wait(execution)["status"] == "CANCELLED"
    assert status(server, agent) == "STOPPED"
    refused = server.call("POST", "/executions", 409, json={"agentId": agent})
    assert refused["error"] == "agent_stopped"
    assert server.call("POST", f"/agents/{agent}/start")["status"] == "IDLE"
    server.call("DELETE", f"/executions/{server.start_run(agent)}")


@pytest.mark.parametrize("verb", ["pause", "stop", "resume", "start"])
def test_repeating_a_wish_is_harmless_and_an_unknown_agent_is_404(server: ServerUnderTest, verb: str) -> None:
    agent = server.agent("echo")
    first = server.call("POST", f"/agents/{agent}/{verb}")
    assert server.call("POST", f"/agents/{agent}/{verb}")["status"] == first["status"]
    assert server.call("POST", f"/agents/none/{verb}", 404)["error"] == "not_found"


def test_lists_find_agents_by_every_status(server: ServerUnderTest) -> None:
    for verb, wanted in (("pause", "PAUSED"), ("stop", "STOPPED"), ("resume", "IDLE")):
        agent = server.agent("echo")
        server.call("POST", f"/agents/{agent}/{verb}")
        found = server.call("GET", "/agents", params={"status": wanted, "limit": 100})
        assert agent in [one["id"] for one in found["agents"]]
        assert {one["status"] for one in found["agents"]} == {wanted}
    assert server.call("GET", "/agents", params={"status": "DEPLOYING"})["agents"] == []


def test_every_change_of_configuration_is_a_version_and_any_comes_back(server: ServerUnderTest) -> None:
    agent = server.agent("echo", text="one")
    server.call("PUT", f"/agents/{agent}", json={"configuration": {"do": "echo", "text": "two"}})
    server.call("PUT", f"/agents/{agent}", json={"name": "no new version"})
    server.call("PUT", f"/agents/{agent}", json={"configuration": {"do": "echo", "text": "two"}})
    versions = server.call("GET", f"/agents/{agent}/versions")
    assert [(v["version"], v["configuration"]["text"]) for v in versions["versions"]] == [(2, "two"), (1, "one")]
    restored = server.call("POST", f"/agents/{agent}/versions/1/restore")
    assert (restored["version"], restored["configuration"]["text"]) == (3, "one")
    assert server.call("GET", f"/agents/{agent}/versions/2")["configuration"]["text"] == "two"
    assert server.call("GET", f"/agents/{agent}/versions/9", 404)["error"] == "not_found"


def test_an_execution_records_the_version_that_it_ran(server: ServerUnderTest) -> None:
    agent = server.agent("echo", text="one")
    first = server.wait(server.start_run(agent))
    server.call("PUT", f"/agents/{agent}", json={"configuration": {"do": "echo", "text": "two"}})
    second = server.wait(server.start_run(agent))
    assert (first["agentVersion"], second["agentVersion"]) == (1, 2)


def test_a_change_to_what_has_changed_meanwhile_is_refused(server: ServerUnderTest) -> None:
    agent = server.agent("echo", text="one")
    change = {"version": 1, "configuration": {"do": "echo", "text": "two"}}
    assert server.call("PUT", f"/agents/{agent}", json=change)["version"] == 2
    refused = server.call("PUT", f"/agents/{agent}", 409, json={**change, "name": "late"})
    assert (refused["error"], refused["details"]) == ("version_conflict", {"version": 2})
    assert server.call("GET", f"/agents/{agent}")["name"] != "late"


def test_statistics_stay_true_under_sixteen_clients_at_once(own_server: ServerUnderTest) -> None:
    agents = [own_server.agent("count", count=1, seconds=0) for _ in range(3)]

    def work(client: int) -> list[str]:
        made: list[str] = []
        for i in range(5):
            agent = agents[(client + i) % len(agents)]
            execution = own_server.start_run(agent, input={"do": "raise"} if (client + i) % 4 == 0 else {})
            made.append(execution)
            if i == 2:
                own_server.http.delete(f"/api/executions/{execution}")
        if client == 7:
            own_server.call("DELETE", f"/agents/{own_server.agent('echo')}")
        return made

    with ThreadPoolExecutor(16) as clients:
        made = [execution for some in clients.map(work, range(16)) for execution in some]
    for execution in made:
        own_server.wait(execution)
    for agent in agents:
        assert_true_statistics(own_server, agent)


def assert_true_statistics(server: ServerUnderTest, agent: str) -> None:
    found: list[Any] = server.call("GET", "/executions", params={"agentId": agent, "limit": 100})["executions"]
    shown = server.call("GET", f"/agents/{agent}")
    durations = [execution["duration"] for execution in found if "duration" in execution]
    assert shown["totalExecutions"] == shown["_count"]["executions"] == len(found)
    assert shown["successfulExecutions"] == sum(execution["status"] == "COMPLETED" for execution in found)
    assert shown["avgExecutionTime"] == pytest.approx(sum(durations) / len(durations))
    assert shown["lastExecutedAt"] == max(execution["createdAt"] for execution in found)
    assert shown["status"] in {"IDLE", "ERROR"}


def test_a_stopped_agent_is_not_paused_or_resumed_and_a_paused_one_not_started(server: ServerUnderTest) -> None:
    agent = server.agent("echo")
    server.call("POST", f"/agents/{agent}/stop")
    for verb in ("pause", "resume"):
        assert "Start it first" in server.call("POST", f"/agents/{agent}/{verb}", 409)["message"]
    server.call("POST", f"/agents/{agent}/start")
    server.call("POST", f"/agents/{agent}/pause")
    assert "Resume it first" in server.call("POST", f"/agents/{agent}/start", 409)["message"]
    assert server.call("POST", f"/agents/{agent}/resume")["status"] == "IDLE"
