"""Agents over REST."""

import uuid
from concurrent.futures import ThreadPoolExecutor

from servers import ServerUnderTest

CONFIGURATION = {"do": "echo", "text": None, "nested": {"depth": 3, "nothing": None}}


def body(**more: object) -> dict[str, object]:
    return {"name": "Ada", "framework": "probe", "configuration": CONFIGURATION, **more}


def test_a_created_agent_reads_back_as_it_was_sent(server: ServerUnderTest) -> None:
    sent = body(description="d", tags=["a", "b"])
    created = server.call("POST", "/agents", 201, json=sent)
    assert {name: created[name] for name in sent} == sent
    read = server.call("GET", f"/agents/{created['id']}")
    assert (read["executions"], read["_count"]) == ([], {"executions": 0})


def test_unset_values_are_absent_and_nulls_inside_configurations_stay(server: ServerUnderTest) -> None:
    created = server.call("POST", "/agents", 201, json=body())
    assert {"description", "lastExecutedAt", "avgExecutionTime"}.isdisjoint(created)
    assert created["configuration"] == CONFIGURATION


def test_an_agent_may_be_made_before_it_is_configured_and_then_cannot_start(server: ServerUnderTest) -> None:
    agent = server.call("POST", "/agents", 201, json={"name": "draft", "framework": "probe"})
    refused = server.call("POST", "/executions", 400, json={"agentId": agent["id"]})
    assert refused["details"]["faults"] == [{"pointer": "/configuration/do", "message": "This is required."}]


def test_an_update_changes_what_it_names_and_nothing_else(server: ServerUnderTest) -> None:
    created = server.call("POST", "/agents", 201, json=body(tags=["x"]))
    updated = server.call("PUT", f"/agents/{created['id']}", json={"name": "Eve", "isActive": False})
    changed = {name for name in updated if updated[name] != created[name]}
    assert changed == {"name", "isActive", "updatedAt"}


def test_lists_are_paged_newest_first(server: ServerUnderTest) -> None:
    made = [server.call("POST", "/agents", 201, json=body(name=f"page {i}"))["id"] for i in range(3)]
    first = server.call("GET", "/agents", params={"limit": 2})
    assert [agent["id"] for agent in first["agents"]] == [made[2], made[1]]
    pages = first["pagination"]
    assert (pages["page"], pages["limit"], pages["pages"]) == (1, 2, -(-pages["total"] // 2))


def test_lists_filter_by_framework_and_status(server: ServerUnderTest) -> None:
    failed = server.run("raise")["agent"]["id"]
    found = server.call("GET", "/agents", params={"framework": "probe", "status": "ERROR", "limit": 100})["agents"]
    assert failed in [agent["id"] for agent in found]
    assert {agent["status"] for agent in found} == {"ERROR"}


def test_statistics_agree_with_the_executions(server: ServerUnderTest) -> None:
    agent = server.agent("count", count=1)
    for wish in ("count", "raise", "count"):
        server.wait(server.start_run(agent, input={"do": wish}))
    read = server.call("GET", f"/agents/{agent}")
    durations = [execution["duration"] for execution in read["executions"]]
    assert (read["totalExecutions"], read["successfulExecutions"], read["status"]) == (3, 2, "IDLE")
    assert read["avgExecutionTime"] == sum(durations) / 3


def test_deleting_an_agent_ends_and_deletes_all_that_is_its(own_server: ServerUnderTest) -> None:
    agent = own_server.agent("sleep", seconds=600)
    execution = own_server.start_run(agent)
    own_server.wait_for_log(execution, "sleeping")
    own_server.call("DELETE", f"/agents/{agent}")
    own_server.call("GET", f"/agents/{agent}", 404)
    own_server.call("GET", f"/executions/{execution}", 404)
    assert not (own_server.data_dir / "runs" / execution).exists()


def test_an_inactive_agent_does_not_start(server: ServerUnderTest) -> None:
    agent = server.call("POST", "/agents", 201, json=body(isActive=False))
    refused = server.call("POST", "/executions", 409, json={"agentId": agent["id"]})
    assert refused["error"] == "agent_inactive"


def test_sixteen_clients_at_once_lose_no_count(server: ServerUnderTest) -> None:
    agent = server.agent("echo")
    with ThreadPoolExecutor(16) as pool:
        started = list(pool.map(lambda _: server.start_run(agent), range(48)))
        ended = list(pool.map(server.wait, started))
    assert {execution["status"] for execution in ended} == {"COMPLETED"}
    read = server.call("GET", f"/agents/{agent}")
    assert (read["totalExecutions"], read["successfulExecutions"], read["status"]) == (48, 48, "IDLE")


def test_unknown_agents_are_404_everywhere(server: ServerUnderTest) -> None:
    unknown = f"/agents/{uuid.uuid4().hex}"
    for method, content in (("GET", None), ("PUT", {"name": "x"}), ("DELETE", None)):
        assert server.call(method, unknown, 404, json=content)["error"] == "not_found"
