"""Saved configurations, templates and frameworks over REST."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from servers import ServerUnderTest

CONFIGURATION = {"do": "echo", "text": "saved"}


def save(server: ServerUnderTest, **more: Any) -> dict[str, Any]:
    body = {"name": f"saved {uuid.uuid4().hex}", "framework": "probe", "configuration": CONFIGURATION, **more}
    return server.call("POST", "/configurations", 201, json=body)


def names(server: ServerUnderTest, **parameters: Any) -> set[str]:
    found = server.call("GET", "/configurations", params=parameters)["configurations"]
    return {one["name"] for one in found}


def test_a_saved_configuration_reads_back_as_it_was_sent(server: ServerUnderTest) -> None:
    saved = save(server, description="why", isTemplate=True)
    assert (saved["configuration"], saved["description"]) == (CONFIGURATION, "why")
    assert (saved["isTemplate"], saved["isPublic"], saved["usageCount"]) == (True, False, 0)
    assert saved["user"] == {"name": "owner"}
    assert server.call("GET", f"/configurations/{saved['id']}") == saved


def test_a_configuration_that_does_not_fit_is_refused_with_its_place(server: ServerUnderTest) -> None:
    body = {"name": "x", "framework": "probe", "configuration": {"do": 1}}
    refused = server.call("POST", "/configurations", 400, json=body)
    assert refused["details"]["faults"][0]["pointer"] == "/configuration/do"


def test_lists_filter_by_template_framework_and_search(server: ServerUnderTest) -> None:
    plain, template = save(server)["name"], save(server, isTemplate=True, description="100% Ünique_")["name"]
    assert plain in names(server) and template in names(server)
    assert template in names(server, template=True) and plain not in names(server, template=True)
    assert plain in names(server, template=False) and template not in names(server, template=False)
    assert names(server, search="100% üNIQUE_") == {template}
    assert names(server, search="nothing of that kind") == set()
    assert names(server, framework="miniagi") == set()


def test_samples_of_plugins_are_public_templates_that_nobody_changes(server: ServerUnderTest) -> None:
    found = server.call("GET", "/configurations", params={"public": True, "framework": "miniagi"})["configurations"]
    assert found
    for sample in found:
        assert sample["isTemplate"] and sample["isPublic"]
        assert server.call("GET", f"/configurations/{sample['id']}") == sample
        assert server.call("PUT", f"/configurations/{sample['id']}", 409, json={"name": "mine"})["error"] == "conflict"
        assert server.call("DELETE", f"/configurations/{sample['id']}", 409)["error"] == "conflict"
    assert not {sample["name"] for sample in found} & names(server)


def test_uses_count_the_agents_made_of_a_configuration(server: ServerUnderTest) -> None:
    saved = save(server)
    body = {"name": "made", "framework": "probe", "configurationId": saved["id"]}
    with ThreadPoolExecutor(8) as clients:
        agents = list(clients.map(lambda _: server.call("POST", "/agents", 201, json=body), range(16)))
    assert {agent["configurationId"] for agent in agents} == {saved["id"]}
    assert agents[0]["configuration"] == CONFIGURATION
    changed = server.call("POST", "/agents", 201, json={**body, "configuration": {"text": "mine"}})
    assert changed["configuration"] == {"do": "echo", "text": "mine"}
    assert server.call("GET", f"/configurations/{saved['id']}")["usageCount"] == 17


def test_uses_of_samples_are_counted_too(server: ServerUnderTest) -> None:
    sample = server.call("GET", "/frameworks/miniagi")["samples"][0]["configurationId"]
    before = server.call("GET", f"/configurations/{sample}")["usageCount"]
    server.call("POST", "/agents", 201, json={"name": "made", "framework": "miniagi", "configurationId": sample})
    assert server.call("GET", f"/configurations/{sample}")["usageCount"] == before + 1


def test_an_agent_of_another_framework_cannot_be_made_of_it(server: ServerUnderTest) -> None:
    body = {"name": "made", "framework": "miniagi", "configurationId": save(server)["id"]}
    refused = server.call("POST", "/agents", 400, json=body)
    assert refused["details"]["faults"][0]["pointer"] == "/configurationId"
    unknown = {"name": "made", "framework": "probe", "configurationId": "none"}
    assert server.call("POST", "/agents", 404, json=unknown)["error"] == "not_found"


def test_a_configuration_can_be_changed_and_deleted(server: ServerUnderTest) -> None:
    saved = save(server)
    changed = server.call("PUT", f"/configurations/{saved['id']}", json={"isPublic": True, "name": "other"})
    assert (changed["isPublic"], changed["name"], changed["configuration"]) == (True, "other", CONFIGURATION)
    server.call("DELETE", f"/configurations/{saved['id']}")
    assert server.call("GET", f"/configurations/{saved['id']}", 404)["error"] == "not_found"


def test_frameworks_tell_their_schema_and_samples(server: ServerUnderTest) -> None:
    listed = {one["id"]: one for one in server.call("GET", "/frameworks")["frameworks"]}
    assert listed["miniagi"]["state"] == "ready"
    detailed = server.call("GET", "/frameworks/miniagi")
    assert detailed["configSchema"]["properties"]["limits"]["title"] == "Limits"
    assert {sample["id"] for sample in detailed["samples"]} == {"squares", "shell"}
    assert server.call("GET", "/frameworks/none", 404)["error"] == "not_found"


def test_plugins_are_listed_with_their_state(server: ServerUnderTest) -> None:
    states = {one["name"]: one["state"] for one in server.call("GET", "/plugins")["plugins"]}
    assert (states["miniagi"], states["probe"]) == ("loaded", "loaded")
