"""Inbound hooks: other programs start an agent with nothing but an address, or with a signature besides."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from people import client_as
from servers import ServerUnderTest
from standardwebhooks import Webhook


def make(server: ServerUnderTest, agent: str | None = None, **more: Any) -> dict[str, Any]:
    return server.call("POST", "/hooks", 201, json={"agentId": agent or server.agent("echo"), "name": "in", **more})


def post(server: ServerUnderTest, path: str, content: bytes = b"", **headers: str) -> httpx2.Response:
    """As a program that has no key."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.post(server.presence.url + path, content=content, headers=named, trust_env=False)


def test_a_call_starts_the_agent_with_the_body_as_input(server: ServerUnderTest) -> None:
    hook = make(server)
    answer = post(server, hook["path"], b'{"task": "look"}')
    assert answer.status_code == 201
    run = server.wait(answer.json()["executionId"])
    assert (run["trigger"], run["input"]) == ("webhook", {"task": "look"})
    assert "lastUsedAt" in server.call("GET", f"/hooks/{hook['id']}")


@pytest.mark.parametrize(
    ("content", "given"), [(b"", {}), (b"plain \xff text", {"body": "plain \ufffd text"}), (b"[1]", {"body": [1]})]
)
def test_any_body_becomes_an_input(server: ServerUnderTest, content: bytes, given: dict[str, Any]) -> None:
    answer = post(server, make(server)["path"], content)
    assert server.execution(answer.json()["executionId"])["input"] == given


def test_the_same_message_starts_one_execution_however_often_it_comes(server: ServerUnderTest) -> None:
    hook = make(server)
    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(lambda _: post(server, hook["path"], b"{}", webhook_id="msg_1"), range(16)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["executionId"] for answer in answers}) == 1
    assert server.call("GET", f"/agents/{hook['agent']['id']}")["totalExecutions"] == 1


def test_a_signed_hook_takes_what_the_public_library_signs_and_nothing_else(server: ServerUnderTest) -> None:
    hook = make(server, signed=True)
    body, now = '{"task": "signed"}', datetime.now(UTC)
    signature = Webhook(hook["secret"]).sign("msg_2", now, body)
    good = {"webhook_id": "msg_2", "webhook_timestamp": str(int(now.timestamp())), "webhook_signature": signature}
    assert post(server, hook["path"], body.encode(), **good).status_code == 201
    assert post(server, hook["path"], body.encode()).status_code == 401
    assert post(server, hook["path"], b'{"task": "other"}', **good).status_code == 401
    old = str(int(time.time()) - 3600)
    stale = {**good, "webhook_timestamp": old, "webhook_signature": Webhook(hook["secret"]).sign("msg_2", now, body)}
    assert post(server, hook["path"], body.encode(), **stale).status_code == 401
    for nonsense in ("v1,", "v1,???", "v2,abc", "x" * 5000):
        assert post(server, hook["path"], body.encode(), **{**good, "webhook_signature": nonsense}).status_code == 401


def test_a_token_is_worth_nothing_once_it_is_switched_off_or_deleted(server: ServerUnderTest) -> None:
    hook = make(server)
    server.call("PUT", f"/hooks/{hook['id']}", json={"isActive": False})
    assert post(server, hook["path"]).json()["error"] == "not_found"
    server.call("PUT", f"/hooks/{hook['id']}", json={"isActive": True})
    assert post(server, hook["path"]).status_code == 201
    server.call("DELETE", f"/hooks/{hook['id']}")
    assert post(server, hook["path"]).status_code == 404


def test_the_token_opens_nothing_else(server: ServerUnderTest) -> None:
    hook = make(server)
    assert httpx2.get(server.presence.url + hook["path"], trust_env=False).status_code == 401
    assert post(server, "/api/hooks").status_code == 401
    assert post(server, "/api/hooks/").status_code == 401
    assert post(server, "/api/hooks/hk_wrong").status_code == 404
    assert post(server, hook["path"] + "/more").status_code == 401
    refused = httpx2.get(
        server.presence.url + "/api/agents", headers={"Authorization": f"Bearer {hook['token']}"}, trust_env=False
    )
    assert refused.status_code == 401
    stored = b"".join(file.read_bytes() for file in server.data_dir.glob("orchestra.db*"))
    assert hook["token"].encode() not in stored


def test_a_stopped_agent_and_a_foreign_page_are_refused(server: ServerUnderTest) -> None:
    hook = make(server)
    assert post(server, hook["path"], origin="https://evil.example").status_code == 403
    server.call("POST", f"/agents/{hook['agent']['id']}/stop")
    assert post(server, hook["path"]).json()["error"] == "agent_stopped"


def test_nobody_sees_or_makes_hooks_of_agents_of_others(server: ServerUnderTest) -> None:
    hook = make(server)
    with client_as(server, "member") as member:
        assert member.get(f"/hooks/{hook['id']}").status_code == 404
        assert member.get("/hooks").json()["hooks"] == []
        body = {"agentId": hook["agent"]["id"], "name": "mine"}
        assert member.post("/hooks", json=body).status_code == 404
