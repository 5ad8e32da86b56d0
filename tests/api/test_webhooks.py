"""Webhooks: a real receiver gets signed messages, whatever happens in between."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from people import client_as
from receiver import Receiver, receiving
from servers import ServerUnderTest, running_server


@pytest.fixture(scope="module")
def hooked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerUnderTest]:
    """A server that may call this machine, and is quick to try again."""
    settings = {"webhook_allow": '["127.0.0.1"]', "webhook_pauses": "[0.2, 0.2, 0.2]", "webhook_timeout_seconds": "2"}
    with running_server(tmp_path_factory.mktemp("hooked"), **settings) as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def register(server: ServerUnderTest, receiver: Receiver, *events: str, **more: Any) -> str:
    made = server.call("POST", "/webhooks", 201, json={"url": receiver.url, "events": events or ["*"], **more})
    receiver.secret = made["secret"]
    return made["id"]


def deliveries(server: ServerUnderTest, webhook: str) -> list[dict[str, Any]]:
    """Oldest first."""
    return server.call("GET", f"/webhooks/{webhook}/deliveries", params={"limit": 100})["deliveries"][::-1]


def settled(server: ServerUnderTest, webhook: str, count: int = 1) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 30
    while len(done := [one for one in deliveries(server, webhook) if one["status"] != "pending"]) < count:
        assert time.monotonic() < deadline, deliveries(server, webhook)
        time.sleep(0.05)
    return done


def test_a_run_is_told_in_signed_messages_that_the_public_library_accepts(
    hooked: ServerUnderTest, receiver: Receiver
) -> None:
    webhook = register(hooked, receiver, "execution.*")
    ran = hooked.run("echo")
    started, completed = receiver.wait(2)
    assert (started["type"], completed["type"]) == ("execution.started", "execution.completed")
    assert completed["data"]["execution"]["id"] == ran["id"]
    assert completed["data"]["execution"]["duration"] == ran["duration"]
    assert "configuration" not in completed["data"]["execution"]
    ids = [headers["webhook-id"] for headers, _ in receiver.requests]
    assert len(set(ids)) == 2 and all(one.startswith("msg_") for one in ids)
    hooked.call("DELETE", f"/webhooks/{webhook}")


@pytest.mark.parametrize(
    ("do", "event"), [("crash", "execution.failed"), ("sleep", "execution.timeout"), ("forever", "execution.cancelled")]
)
def test_every_end_has_its_event(hooked: ServerUnderTest, receiver: Receiver, do: str, event: str) -> None:
    webhook = register(hooked, receiver, event)
    limits = {"timeoutSeconds": 1} if do == "sleep" else None
    agent = hooked.agent("sleep" if do == "forever" else do, limits, **({"seconds": 60} if do != "crash" else {}))
    run = hooked.start_run(agent)
    if do == "forever":
        hooked.wait(run, {"RUNNING"})
        hooked.call("DELETE", f"/executions/{run}")
    [told] = receiver.wait(1)
    assert (told["type"], told["data"]["execution"]["id"]) == (event, run)
    hooked.call("DELETE", f"/webhooks/{webhook}")


def test_changes_of_agents_are_told(hooked: ServerUnderTest, receiver: Receiver) -> None:
    webhook = register(hooked, receiver, "agent.*")
    agent = hooked.agent("echo")
    hooked.call("PUT", f"/agents/{agent}", json={"name": "other"})
    hooked.call("POST", f"/agents/{agent}/pause")
    hooked.call("DELETE", f"/agents/{agent}")
    for event in ("created", "updated", "status_changed", "deleted"):
        receiver.wait_for(f"agent.{event}", lambda data: data["agent"]["id"] == agent)
    hooked.call("DELETE", f"/webhooks/{webhook}")


def test_what_fails_is_tried_again_with_the_same_id_and_each_attempt_is_logged(
    hooked: ServerUnderTest, receiver: Receiver
) -> None:
    webhook = register(hooked, receiver, "agent.created")
    receiver.answers = [(500, {}), (302, {"Location": "http://127.0.0.1:9/"})]
    hooked.agent("echo")
    [delivery] = settled(hooked, webhook)
    assert delivery["status"] == "delivered"
    assert [attempt["statusCode"] for attempt in delivery["attempts"]] == [500, 302, 200]
    assert delivery["attempts"][0]["response"] == "well"
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 1
    hooked.call("DELETE", f"/webhooks/{webhook}")


def test_after_the_last_attempt_it_is_failed_and_can_be_sent_once_more(
    hooked: ServerUnderTest, receiver: Receiver
) -> None:
    webhook = register(hooked, receiver, "agent.created")
    receiver.answers = [(500, {})] * 4
    hooked.agent("echo")
    [failed] = settled(hooked, webhook)
    assert (failed["status"], len(failed["attempts"])) == ("failed", 4)
    assert "failingSince" in hooked.call("GET", f"/webhooks/{webhook}")
    again = hooked.call("POST", f"/webhooks/{webhook}/redeliver", 202, json={"deliveryId": failed["id"]})
    both = settled(hooked, webhook, 2)
    assert [one["status"] for one in both] == ["failed", "delivered"]
    assert (both[1]["id"], both[1]["messageId"]) == (again["deliveryIds"][0], failed["messageId"])
    assert "failingSince" not in hooked.call("GET", f"/webhooks/{webhook}")
    many = hooked.call("POST", f"/webhooks/{webhook}/redeliver", 202, json={"since": failed["createdAt"]})
    assert len(many["deliveryIds"]) == 1
    settled(hooked, webhook, 3)
    hooked.call("DELETE", f"/webhooks/{webhook}")


def test_410_disables_the_webhook_and_says_so(hooked: ServerUnderTest, receiver: Receiver) -> None:
    with receiving() as watcher:
        watching = register(hooked, watcher, "system.webhook_disabled")
        webhook = register(hooked, receiver, "agent.created")
        receiver.answers = [(410, {})]
        hooked.agent("echo")
        [told] = watcher.wait(1)
        assert told["data"]["webhook"]["id"] == webhook
        disabled = hooked.call("GET", f"/webhooks/{webhook}")
        assert not disabled["isActive"] and "410" in disabled["disabledReason"]
        assert hooked.call("POST", f"/webhooks/{webhook}/test", 409)["error"] == "conflict"
        enabled = hooked.call("PUT", f"/webhooks/{webhook}", json={"isActive": True})
        assert enabled["isActive"] and "disabledReason" not in enabled
        for one in (watching, webhook):
            hooked.call("DELETE", f"/webhooks/{one}")


def test_retry_after_is_honoured(hooked: ServerUnderTest, receiver: Receiver) -> None:
    webhook = register(hooked, receiver, "agent.created")
    receiver.answers = [(429, {"Retry-After": "3600"})]
    hooked.agent("echo")
    receiver.wait(1)
    deadline = time.monotonic() + 20
    while not (delivery := deliveries(hooked, webhook)[0])["attempts"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert delivery["status"] == "pending"
    assert delivery["nextAttemptAt"] > delivery["attempts"][0]["attemptedAt"].replace("T", "T")
    waits = _seconds(delivery["nextAttemptAt"]) - _seconds(delivery["attempts"][0]["attemptedAt"])
    assert 3590 < waits < 3660
    hooked.call("DELETE", f"/webhooks/{webhook}")


def _seconds(text: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(text).timestamp()


def test_an_endpoint_that_hangs_is_left_and_holds_up_nobody(hooked: ServerUnderTest, receiver: Receiver) -> None:
    receiver.delay = 3
    hanging = register(hooked, receiver, "agent.created")
    with receiving() as quick:
        other = register(hooked, quick, "agent.created")
        for _ in range(8):
            hooked.agent("echo")
        quick.wait(8, seconds=2.5)
        hooked.call("DELETE", f"/webhooks/{other}")
    receiver.delay = 0
    assert "within 2 seconds" in _first_attempt(hooked, hanging)["error"]
    hooked.call("DELETE", f"/webhooks/{hanging}")


def _first_attempt(server: ServerUnderTest, webhook: str) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while True:
        tried = [attempt for one in deliveries(server, webhook) for attempt in one["attempts"]]
        if tried:
            return tried[0]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_test_message_is_sent_whatever_events_are_wanted(hooked: ServerUnderTest, receiver: Receiver) -> None:
    webhook = register(hooked, receiver, "schedule.missed")
    posted = hooked.call("POST", f"/webhooks/{webhook}/test", 202)
    [told] = receiver.wait(1)
    assert told["type"] == "system.test"
    assert settled(hooked, webhook)[0]["id"] == posted["deliveryIds"][0]
    hooked.call("DELETE", f"/webhooks/{webhook}")


def test_the_secret_is_shown_once_and_stored_encrypted(hooked: ServerUnderTest, receiver: Receiver) -> None:
    webhook = register(hooked, receiver, "agent.*")
    assert receiver.secret.startswith("whsec_")
    assert "secret" not in hooked.call("GET", f"/webhooks/{webhook}")
    stored = b"".join(file.read_bytes() for file in hooked.data_dir.glob("orchestra.db*"))
    assert receiver.secret.removeprefix("whsec_").encode() not in stored
    assert (hooked.data_dir / "secret.key").stat().st_mode & 0o777 == 0o600
    mine = "whsec_" + "QUJD" * 10
    hooked.call("PUT", f"/webhooks/{webhook}", json={"secret": mine})
    receiver.secret = mine
    hooked.agent("echo")
    receiver.wait(1)
    hooked.call("DELETE", f"/webhooks/{webhook}")


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[64:ff9b::a00:1]/",
        "http://0.0.0.0/",
        "ftp://example.org/",
        "/api/agents",
        "http://user:secret@example.org/",
        "https://",
        "http://example.org/ x",
        "http://example.org:99999/",
    ],
)
def test_addresses_that_must_not_be_called_are_refused(hooked: ServerUnderTest, url: str) -> None:
    refused = hooked.call("POST", "/webhooks", 400, json={"url": url, "events": ["*"]})
    assert refused["details"]["faults"][0]["pointer"] == "/url"


def test_a_name_that_leads_to_this_machine_is_not_connected_to(tmp_path: Path) -> None:
    with running_server(tmp_path, webhook_pauses="[0.1]") as server, receiving() as receiver:
        body = {"url": receiver.url.replace("127.0.0.1", "localhost"), "events": ["agent.created"]}
        webhook = server.call("POST", "/webhooks", 201, json=body)["id"]
        server.agent("echo")
        [failed] = settled(server, webhook)
        assert failed["status"] == "failed"
        assert "ORCHESTRA_WEBHOOK_ALLOW" in failed["attempts"][0]["error"]
        assert receiver.requests == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"events": ["agent.exploded"]}, "/events/0"),
        ({"events": []}, "/events"),
        ({"events": ["*"], "secret": "short"}, "/secret"),
        ({"events": ["*"], "secret": "whsec_notbase64!"}, "/secret"),
    ],
)
def test_a_webhook_that_cannot_be_is_refused_with_its_place(
    hooked: ServerUnderTest, body: dict[str, Any], pointer: str
) -> None:
    refused = hooked.call("POST", "/webhooks", 400, json={"url": "https://example.org/", **body})
    assert refused["details"]["faults"][0]["pointer"] == pointer


def test_members_are_told_only_of_what_is_theirs(hooked: ServerUnderTest, receiver: Receiver) -> None:
    with client_as(hooked, "member") as member:
        made = member.post("/webhooks", json={"url": receiver.url, "events": ["*"]}).json()
        receiver.secret = made["secret"]
        hooked.agent("echo")
        mine = member.post("/agents", json={"name": "mine", "framework": "probe", "configuration": {"do": "echo"}})
        [told] = receiver.wait(1)
        assert told["data"]["agent"]["id"] == mine.json()["id"]
        owners = register(hooked, receiver, "schedule.missed")
        assert member.get(f"/webhooks/{owners}").status_code == 404
        for one in (made["id"], owners):
            hooked.call("DELETE", f"/webhooks/{one}")


def test_what_waits_survives_a_kill_and_the_server_tells_when_it_comes_and_goes(tmp_path: Path) -> None:
    settings = {"webhook_allow": '["127.0.0.0/8"]', "webhook_pauses": "[1, 1, 1, 1, 1]"}
    with running_server(tmp_path, **settings) as server, receiving() as receiver:
        register(server, receiver, "agent.created", "system.*")
        receiver.answers = [(503, {})]
        server.agent("echo")
        receiver.wait(1)
        server.kill()
        server.start()
        receiver.wait(2, "agent.created")
        receiver.wait(1, "system.started")
        server.stop()
        receiver.wait(1, "system.stopping")
        server.start()


def test_an_endpoint_that_fails_for_days_is_disabled(tmp_path: Path) -> None:
    settings = {"webhook_allow": '["127.0.0.1"]', "webhook_pauses": "[0.1, 0.1, 0.1]", "webhook_disable_days": "0"}
    with running_server(tmp_path, **settings) as server, receiving() as receiver:
        webhook = register(server, receiver, "agent.created")
        receiver.answers = [(500, {})] * 9
        server.agent("echo")
        deadline = time.monotonic() + 20
        while server.call("GET", f"/webhooks/{webhook}")["isActive"]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert "has failed since" in server.call("GET", f"/webhooks/{webhook}")["disabledReason"]
        assert {one["status"] for one in deliveries(server, webhook)} == {"failed"}
