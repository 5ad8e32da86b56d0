"""Role by route by verb by owner: every operation of the document is asked for by everyone who might."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from people import a_key, a_person, client_of
from servers import ServerUnderTest

_OPEN = {("GET", "/api/health"), ("POST", "/api/sessions"), ("POST", "/api/hooks/{token}")}
_OWNERS_ONLY = ("/api/users",)
_OF_SERVER = (  # all may look, owners may change
    "/api/frameworks",
    "/api/plugins",
    "/api/queue",
    "/api/provider",
    "/api/model",
    "/api/prices",
    "/api/secrets",
)
# Nothing of the kind is there, which is told to those who may know.
_NOT_MADE = ("{provider_id}", "{call_id}", "{artifact_id}")
_ABOUT_ONESELF = ("/api/me", "/api/sessions")
_RUNNING = {
    ("POST", "/api/executions"),
    ("POST", "/api/executions/{execution_id}/retry"),
    ("DELETE", "/api/executions/{execution_id}"),
    ("POST", "/api/executions/{execution_id}/answers"),
    ("POST", "/api/schedules/{schedule_id}/run"),
}
_ASKING = {("POST", "/api/schedules/preview")}  # a POST that changes nothing
_WITH_A_STATE = ("/retry", "/run", "/{execution_id}", "/answers", "/script")  # what may be forbidden by that
_STREAMS = {
    "/api/dashboard/real-time",
    "/api/executions/{execution_id}/stream",
    "/api/frameworks/{framework_id}/progress",
    "/api/plugins/progress",
}
_BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/api/schedules/preview"): {"cron": "@daily"},
    ("PUT", "/api/schedules/{schedule_id}"): {"name": "renamed"},
    ("PUT", "/api/agents/{agent_id}"): {"description": "changed"},
    ("PUT", "/api/configurations/{configuration_id}"): {"description": "changed"},
    ("PUT", "/api/webhooks/{webhook_id}"): {"events": ["*"]},
    ("PUT", "/api/hooks/{hook_id}"): {"name": "renamed"},
    ("PUT", "/api/users/{user_id}"): {"role": "viewer"},
    ("POST", "/api/executions/{execution_id}/answers"): {"questionId": "q1", "answer": "yes"},
    ("PUT", "/api/model-aliases/{name}"): {"routes": [{"provider": "scripted", "model": "scripted"}]},
    ("PUT", "/api/prices"): {"model": "m", "input": 1, "output": 1},
    ("PUT", "/api/budgets/{budget_id}"): {"maxCalls": 5},
    ("POST", "/api/webhooks/{webhook_id}/redeliver"): {"since": "2020-01-01T00:00:00Z"},
}
_PARAMETERS = {"/api/prices/lookup": {"model": "m"}}


@dataclass(frozen=True)
class Things:
    """One of everything, all of one person."""

    ids: dict[str, str]

    def path(self, template: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: self.ids.get(found[1], "unknown"), template)


def things_of(client: httpx2.Client, user_id: str) -> Things:
    def made(path: str, **body: Any) -> dict[str, Any]:
        answer = client.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    configuration = {"do": "sleep", "seconds": 300}
    agent = made("/agents", name="its", framework="probe", configuration=configuration)["id"]
    return Things(
        {
            "agent_id": agent,
            "version": "1",
            "execution_id": made("/executions", agentId=agent)["executionId"],
            "configuration_id": made("/configurations", name="c", framework="probe", configuration=configuration)["id"],
            "schedule_id": made("/schedules", agentId=agent, name="s", cron="@yearly")["id"],
            "webhook_id": made("/webhooks", url="https://nobody.invalid/", events=["schedule.missed"])["id"],
            "hook_id": made("/hooks", agentId=agent, name="h")["id"],
            "budget_id": made("/budgets", scope="agent", subjectId=agent, period="day", maxCalls=9)["id"],
            "name": "quick",
            "price_id": "none",
            "key_id": made("/keys", name="k")["id"],
            "user_id": user_id,
            "framework_id": "probe",
            "plugin_name": "probe",
            "session_id": "none",
            "token": "hk_unknown",
        }
    )


@pytest.fixture(scope="module")
def people(server: ServerUnderTest) -> Iterator[dict[str, tuple[httpx2.Client, str]]]:
    """A client for each role, two members among them, with the person's id."""
    made: dict[str, tuple[httpx2.Client, str]] = {}
    for name, role in {"owner": "owner", "member": "member", "other": "member", "viewer": "viewer"}.items():
        person = a_person(server, role)["id"]
        made[name] = (client_of(server, a_key(server, person)["key"]), person)
    server.call("PUT", "/model-aliases/quick", json=_BODIES["PUT", "/api/model-aliases/{name}"])
    yield made
    for name in ("owner", "member", "other"):
        client = made[name][0]
        for agent in client.get("/agents", params={"limit": 100}).json()["agents"]:
            if agent["name"] == "its":
                server.http.delete(f"/api/agents/{agent['id']}")
    for client, _ in made.values():
        client.close()


def operations(server: ServerUnderTest) -> list[tuple[str, str]]:
    paths = server.call("GET", "/openapi.json")["paths"]
    return [(method.upper(), path) for path, item in paths.items() for method in item]


def ask(client: httpx2.Client, method: str, template: str, things: Things) -> httpx2.Response:
    """What the server answers; of streams the beginning only, of deletions that of an unknown thing or a refusal."""
    path = things.path(template).removeprefix("/api")
    body = _BODIES.get((method, template), {} if method in {"POST", "PUT"} else None)
    content = None if body is None else json.dumps(body)
    parameters = _PARAMETERS.get(template)
    with client.stream(
        method, path, params=parameters, content=content, headers={"Content-Type": "application/json"}
    ) as answer:
        if template not in _STREAMS or answer.status_code != 200:
            answer.read()
        return answer


def _is_explained(method: str, template: str, status: int) -> bool:
    """Whether it is only the state of the things that keeps it from being done."""
    if status == 404:
        return any(name in template for name in _NOT_MADE) or (method, template) == ("DELETE", "/api/prices/{price_id}")
    return status == 409 and template.endswith(_WITH_A_STATE)


def test_nobody_gets_anywhere_without_signing_in(server: ServerUnderTest, people: dict[str, Any]) -> None:
    things = things_of(*people["member"])
    with httpx2.Client(base_url=server.presence.url + "/api", trust_env=False) as nobody:
        for method, template in operations(server):
            status = ask(nobody, method, template, things).status_code
            if (method, template) in _OPEN:
                assert status != 401, f"{method} {template}"
            else:
                assert status == 401, f"{method} {template}: {status}"


def test_a_viewer_reads_everything_and_changes_nothing(server: ServerUnderTest, people: dict[str, Any]) -> None:
    things = things_of(*people["member"])
    for method, template in operations(server):
        if (method, template) in _OPEN or template.startswith(_ABOUT_ONESELF):
            continue
        status = ask(people["viewer"][0], method, template, things).status_code
        reads = method == "GET" or (method, template) in _ASKING
        allowed = reads and not template.startswith((*_OWNERS_ONLY, "/api/keys/"))
        may = status < 300 or (allowed and _is_explained(method, template, status))
        assert may == allowed, f"{method} {template}: {status}"
        if not allowed:
            assert status in {400, 403, 404}, f"{method} {template}: {status}"


def test_a_member_finds_nothing_that_is_anothers(server: ServerUnderTest, people: dict[str, Any]) -> None:
    mine = things_of(*people["member"])
    for method, template in operations(server):
        if "{" not in template or template.startswith(_ABOUT_ONESELF) or template == "/api/hooks/{token}":
            continue
        status = ask(people["other"][0], method, template, mine).status_code
        if template.startswith(_OF_SERVER):
            may = status == 200 or _is_explained(method, template, status)
            assert may if method == "GET" else status == 403, f"{method} {template}: {status}"
        else:
            assert status in {403, 404}, f"{method} {template}: {status}"
    for noun in ("agents", "executions", "configurations", "schedules", "webhooks", "hooks"):
        listed = people["other"][0].get(f"/{noun}", params={"limit": 100}).json()[noun]
        assert not {one["id"] for one in listed} & set(mine.ids.values()), noun


@pytest.mark.parametrize("who", ["member", "owner"])
def test_who_owns_it_may_and_an_owner_may_with_everything(
    server: ServerUnderTest, people: dict[str, Any], who: str
) -> None:
    things = things_of(*people["member"])
    ordered = sorted(operations(server), key=lambda one: (one[0] == "DELETE", "agent_id" in one[1]))
    for method, template in ordered:
        if "{" not in template or (method, template) in _OPEN or template.startswith(_ABOUT_ONESELF):
            continue
        if template.startswith("/api/users"):
            continue  # people are for owners, and the member is still needed
        status = ask(people[who][0], method, template, things).status_code
        if template.startswith(_OF_SERVER) and method != "GET" and who != "owner":
            assert status == 403, f"{method} {template}: {status}"
            continue
        if template == "/api/plugins/{plugin_name}":
            assert status == 403, "the settings of this server forbid it to all"
            continue
        done = status < 300 or _is_explained(method, template, status)
        assert done, f"{method} {template}: {status}"


@pytest.mark.parametrize("scope", ["read", "run", "write"])
def test_a_key_may_do_no_more_than_its_scopes(server: ServerUnderTest, people: dict[str, Any], scope: str) -> None:
    things = things_of(*people["owner"])
    with client_of(server, a_key(server, people["owner"][1], scopes=[scope])["key"]) as narrow:
        for method, template in operations(server):
            if method == "GET" or (method, template) in _OPEN | _ASKING or template.startswith(_ABOUT_ONESELF):
                continue
            needs_admin = template.startswith(("/api/users", "/api/keys", *_OF_SERVER))
            allowed = scope == "write" and not needs_admin
            allowed = allowed or (scope == "run" and (method, template) in _RUNNING)
            if allowed:
                continue
            body_comes_first = method == "POST" and "{" not in template
            status = ask(narrow, method, template, things).status_code
            assert status == 403 or (body_comes_first and status == 400), f"{method} {template}: {status}"


def test_public_configurations_are_for_all_to_read(server: ServerUnderTest, people: dict[str, Any]) -> None:
    body = {"name": "shared", "framework": "probe", "configuration": {"do": "echo"}, "isPublic": True}
    shared = people["member"][0].post("/configurations", json=body).json()["id"]
    for who in ("other", "viewer", "owner"):
        client = people[who][0]
        assert client.get(f"/configurations/{shared}").status_code == 200
        listed = client.get("/configurations", params={"public": True}).json()["configurations"]
        assert shared in {one["id"] for one in listed}
    assert people["other"][0].put(f"/configurations/{shared}", json={"name": "stolen"}).status_code == 404
    assert people["other"][0].delete(f"/configurations/{shared}").status_code == 404
