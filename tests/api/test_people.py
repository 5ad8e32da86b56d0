"""Keys, people, passwords and sessions over REST."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from people import a_key, a_person, client_as, client_of
from servers import ServerUnderTest

COOKIE = "next-auth.session-token"
PASSWORD = "correct horse battery"


def visitor(server: ServerUnderTest) -> httpx2.Client:
    return httpx2.Client(base_url=server.presence.url, trust_env=False)


@contextmanager
def signed_in(server: ServerUnderTest, name: str, password: str = PASSWORD) -> Iterator[httpx2.Client]:
    with visitor(server) as client:
        answer = client.post("/api/sessions", json={"name": name, "password": password})
        assert answer.status_code == 201, answer.text
        yield client


def test_a_key_is_shown_once_and_works_until_it_is_revoked(server: ServerUnderTest) -> None:
    made = a_key(server)
    with client_of(server, made["key"]) as client:
        assert client.get("/me").json()["keyId"] == made["id"]
        listed = {key["id"]: key for key in server.call("GET", "/keys")["keys"]}
        assert "key" not in listed[made["id"]]
        assert listed[made["id"]]["lastUsedAt"]
        server.call("DELETE", f"/keys/{made['id']}")
        assert client.get("/me").status_code == 401


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [("read", {"GET"}), ("run", {"GET", "RUN"}), ("write", {"GET", "RUN", "WRITE"})],
)
def test_a_key_does_no_more_than_its_scope(server: ServerUnderTest, scope: str, allowed: set[str]) -> None:
    agent = server.agent("echo")
    with client_of(server, a_key(server, scopes=[scope])["key"]) as client:
        answers = {
            "GET": client.get("/agents"),
            "RUN": client.post("/executions", json={"agentId": agent}),
            "WRITE": client.put(f"/agents/{agent}", json={"name": "renamed"}),
            "ADMIN": client.post("/keys", json={"name": "another"}),
        }
    assert {name for name, answer in answers.items() if answer.status_code < 300} == allowed
    refused = [answer.json()["error"] for answer in answers.values() if answer.status_code >= 300]
    assert set(refused) <= {"forbidden"}


def test_a_key_cannot_make_a_mightier_one(server: ServerUnderTest) -> None:
    with client_of(server, a_key(server, scopes=["admin"])["key"]) as client:
        made = client.post("/keys", json={"name": "no wish"}).json()
    assert made["scopes"] == ["admin"]
    with client_as(server, "member") as client:
        other = a_person(server, "member")
        assert client.post("/keys", json={"name": "for another", "userId": other["id"]}).status_code == 403


def test_a_key_that_expired_is_worth_nothing(server: ServerUnderTest) -> None:
    made = a_key(server, expires_at=datetime.now(UTC) + timedelta(seconds=1))
    with client_of(server, made["key"]) as client:
        assert client.get("/me").status_code == 200
        time.sleep(1.1)
        assert client.get("/me").status_code == 401
    refused = server.call("POST", "/keys", 400, json={"name": "late", "expiresAt": "2020-01-01T00:00:00Z"})
    assert refused["details"]["faults"][0]["pointer"] == "/expiresAt"


def test_a_session_can_do_no_more_than_the_key_that_opened_it(server: ServerUnderTest) -> None:
    key = a_key(server, scopes=["read"])
    with visitor(server) as client:
        client.post("/sign-in", data={"key": key["key"]}, headers={"Origin": server.presence.url})
        assert client.get("/api/agents").status_code == 200
        assert client.post("/links").status_code == 403
        assert client.put("/api/me", json={"newPassword": PASSWORD}).status_code == 403
        server.call("DELETE", f"/keys/{key['id']}")
        assert client.get("/api/agents").status_code == 401


def test_people_sign_in_with_their_password(server: ServerUnderTest) -> None:
    person = a_person(server, "member", PASSWORD)
    with signed_in(server, person["name"]) as client:
        me = client.get("/api/me").json()
        assert (me["name"], me["role"]) == (person["name"], "member")
        assert me["permissions"] == ["read", "run", "write", "admin"]
        assert client.delete("/api/sessions/current").status_code == 200
        assert client.get("/api/me").status_code == 401


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(server: ServerUnderTest) -> None:
    person = a_person(server, "member", PASSWORD)
    with visitor(server) as client:
        answers = [
            client.post("/api/sessions", json={"name": name, "password": password})
            for name, password in ((person["name"], "wrong password"), ("nobody at all", PASSWORD))
        ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()


def test_the_form_takes_name_and_password(server: ServerUnderTest) -> None:
    person = a_person(server, "viewer", PASSWORD)
    with visitor(server) as client:
        fields = {"name": person["name"], "password": PASSWORD, "next": "/agents"}
        answer = client.post("/sign-in", data=fields, headers={"Origin": server.presence.url})
        assert (answer.status_code, answer.headers["location"]) == (303, "/agents")
        refused = client.post("/sign-in", data={**fields, "password": "x"}, headers={"Origin": server.presence.url})
        assert (refused.status_code, "do not belong together" in refused.text) == (401, True)


def test_a_person_without_a_password_gets_a_link_that_works_once(server: ServerUnderTest) -> None:
    person = a_person(server, "member")
    with visitor(server) as client:
        assert client.get(person["link"]).status_code == 303
        assert client.put("/api/me", json={"newPassword": PASSWORD}).status_code == 200
        assert client.get("/api/me").json()["name"] == person["name"]
    with visitor(server) as client:
        assert client.get(person["link"]).status_code == 401
    with signed_in(server, person["name"]):
        pass


def test_changing_the_password_needs_the_old_one_and_ends_other_sessions(server: ServerUnderTest) -> None:
    person = a_person(server, "viewer", PASSWORD)
    with signed_in(server, person["name"]) as here, signed_in(server, person["name"]) as there:
        assert here.put("/api/me", json={"newPassword": "another one"}).status_code == 403
        change = {"currentPassword": PASSWORD, "newPassword": "another one"}
        assert here.put("/api/me", json=change).status_code == 200
        assert (here.get("/api/me").status_code, there.get("/api/me").status_code) == (200, 401)


def test_sessions_are_listed_and_ended_one_by_one(server: ServerUnderTest) -> None:
    person = a_person(server, "member", PASSWORD)
    with signed_in(server, person["name"]) as here, signed_in(server, person["name"]) as there:
        sessions = here.get("/api/me/sessions").json()["sessions"]
        assert [session["isCurrent"] for session in sessions].count(True) == 1
        other = next(session for session in sessions if not session["isCurrent"])
        assert here.delete(f"/api/me/sessions/{other['id']}").status_code == 200
        assert (here.get("/api/me").status_code, there.get("/api/me").status_code) == (200, 401)


def test_who_is_switched_off_is_out_at_once(server: ServerUnderTest) -> None:
    person = a_person(server, "member", PASSWORD)
    key = a_key(server, person["id"])["key"]
    with signed_in(server, person["name"]) as session, client_of(server, key) as client:
        server.call("PUT", f"/users/{person['id']}", json={"isActive": False})
        assert (session.get("/api/me").status_code, client.get("/me").status_code) == (401, 401)
        refused = session.post("/api/sessions", json={"name": person["name"], "password": PASSWORD})
        assert refused.status_code == 401


def test_another_role_counts_at_once(server: ServerUnderTest) -> None:
    person = a_person(server, "viewer")
    with client_of(server, a_key(server, person["id"])["key"]) as client:
        body = {"name": "mine", "framework": "probe"}
        assert client.post("/agents", json=body).status_code == 403
        server.call("PUT", f"/users/{person['id']}", json={"role": "member"})
        assert client.post("/agents", json=body).status_code == 201


def test_names_are_unique_and_the_last_owner_stays(own_server: ServerUnderTest) -> None:
    owner = own_server.call("GET", "/me")
    assert own_server.call("POST", "/users", 409, json={"name": owner["name"], "role": "member"})["error"] == "conflict"
    for change in ({"role": "member"}, {"isActive": False}):
        assert "last active owner" in own_server.call("PUT", f"/users/{owner['id']}", 409, json=change)["message"]
    assert "last active owner" in own_server.call("DELETE", f"/users/{owner['id']}", 409)["message"]
    a_person(own_server, "owner")
    assert own_server.call("PUT", f"/users/{owner['id']}", json={"role": "member"})["role"] == "member"
    assert own_server.call("GET", "/me")["role"] == "member"


def test_deleting_a_person_deletes_what_is_theirs(server: ServerUnderTest) -> None:
    person = a_person(server, "member")
    with client_of(server, a_key(server, person["id"])["key"]) as client:
        body = {"name": "theirs", "framework": "probe", "configuration": {"do": "sleep", "seconds": 60}}
        agent = client.post("/agents", json=body).json()["id"]
        execution = client.post("/executions", json={"agentId": agent}).json()["executionId"]
        server.call("DELETE", f"/users/{person['id']}")
        assert client.get("/me").status_code == 401
    assert server.call("GET", f"/executions/{execution}", 404)["error"] == "not_found"
    assert server.call("GET", f"/users/{person['id']}", 404)["error"] == "not_found"


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
    ids=str,
)
def test_a_foreign_page_changes_nothing(server: ServerUnderTest, headers: dict[str, str]) -> None:
    answer = server.http.post("/api/agents", json={"name": "x", "framework": "probe"}, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (403, "refused")
