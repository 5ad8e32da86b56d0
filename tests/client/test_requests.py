"""What the client asks for, before anything is sent."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from orchestra.client.agents import Agents
from orchestra.client.calls import Request, pause_while_waiting, request_behind
from orchestra.client.errors import ApiError, Unreachable
from orchestra.client.executions import Executions
from orchestra.client.fields import path_of
from orchestra.client.groups import Blocking, Group
from orchestra.client.patience import Patience
from orchestra.client.places import DataFolder, Place
from orchestra.client.schedules import Schedules
from orchestra.client.steps import Lost, Pause, Reply, Send
from orchestra.errors import Invalid

NOBODY: Group[Blocking] = Group(None)  # type: ignore[arg-type]
PLACE = Place("http://127.0.0.1:1", "ao_key")


def told(description: Any, *arguments: Any, **named: Any) -> Any:
    return description.describe(NOBODY, *arguments, **named)


def test_what_is_not_given_is_not_sent() -> None:
    request = told(Agents.create, "squares", "miniagi", tags=("a", "b"), is_active=False)
    assert (request.method, request.path) == ("POST", "/api/agents")
    assert request.body == {"name": "squares", "framework": "miniagi", "tags": ["a", "b"], "isActive": False}


def test_none_clears_what_can_be_cleared() -> None:
    moment = datetime(2090, 1, 1, tzinfo=UTC)
    assert told(Schedules.update, "s", ends_at=None, at=moment).body == {"endsAt": None, "at": moment.isoformat()}
    assert told(Schedules.update, "s", name="n", ends_at=moment).body == {"name": "n", "endsAt": moment.isoformat()}


def test_filters_are_sent_as_the_contract_names_them() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    listing = told(Executions.list, status=("FAILED", "TIMEOUT"), from_=noon, to="2026-01-02T00:00:00Z", limit=5)
    assert dict(listing.request.message.params) == {
        "status": ["FAILED", "TIMEOUT"],
        "from": "2026-01-01T12:00:00+00:00",
        "to": "2026-01-02T00:00:00Z",
        "limit": 5,
    }


@pytest.mark.parametrize(
    ("identifier", "path"),
    [
        ("abc", "/api/agents/abc"),
        ("", "/api/agents/-"),
        ("..", "/api/agents/%2E%2E"),
        ("a/../b?c#d", "/api/agents/a%2F%2E%2E%2Fb%3Fc%23d"),
        ("\udc80ä\n", "/api/agents/%3F%C3%A4%0A"),
    ],
)
def test_no_id_leaves_its_place_in_the_path(identifier: str, path: str) -> None:
    assert path_of("agents", identifier) == path


def test_each_start_has_a_key_of_its_own_unless_one_is_given() -> None:
    keys = [told(Executions.start, "a").headers["Idempotency-Key"] for _ in range(2)]
    assert keys[0] != keys[1]
    assert told(Executions.start, "a", idempotency_key="mine").headers == {"Idempotency-Key": "mine"}


@pytest.mark.parametrize("key", ["two\nlines", "ü", " blank "])
def test_what_no_header_can_carry_is_refused(key: str) -> None:
    with pytest.raises(Invalid, match="printable ASCII"):
        told(Executions.start, "a", idempotency_key=key)
    with pytest.raises(Invalid, match="printable ASCII"):
        Place("http://127.0.0.1:1", key)


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, datetime(2090, 1, 1, tzinfo=UTC)])
def test_what_json_cannot_say_is_refused(value: Any) -> None:
    with pytest.raises(Invalid, match="cannot be sent as JSON"):
        _ = told(Executions.start, "a", input={"value": value}).message


@pytest.mark.parametrize("url", ["", "127.0.0.1:3000", "ftp://host", "http://"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="no address"):
        Place(url, None)


def test_the_page_behind_the_last_is_none() -> None:
    request: Request[Any] = Request("GET", "/api/agents", {"limit": 100})
    second = request_behind(request, {"pagination": {"page": 1, "pages": 2}}, 100)
    assert second is not None and second.params == {"limit": 100, "page": 2}
    assert request_behind(second, {"pagination": {"page": 2, "pages": 2}}, 50) is None
    assert request_behind(request, {}, 3) is None


def test_log_lines_are_paged_by_offset_and_an_empty_page_ends_them() -> None:
    request: Request[Any] = Request("GET", "/logs", {"offset": 0})
    answer = {"pagination": {"offset": 1000, "hasMore": True}}
    behind = request_behind(request, answer, 500)
    assert behind is not None and behind.params == {"offset": 1500}
    assert request_behind(request, answer, 0) is None


def outcomes(request: Request[Any], *given: Reply | Lost) -> tuple[list[float], Any]:
    """The pauses that a request makes between these outcomes, and its answer."""
    steps, pauses, outcome, left = request.steps(PLACE), list[float](), None, list(given)
    while True:
        try:
            step = steps.send(outcome)
        except StopIteration as end:
            return pauses, end.value
        outcome = left.pop(0) if isinstance(step, Send) else None
        if isinstance(step, Pause):
            pauses.append(step.seconds)


DONE = Reply(200, {}, b'{"done": true}')
BROKEN = Lost("it broke", was_sent=True)
REFUSED = Lost("refused", was_sent=False)
GET: Request[Any] = Request("GET", "/")
POST: Request[Any] = Request("POST", "/")


def test_what_may_be_sent_twice_is_sent_again_after_growing_pauses() -> None:
    for request in (GET, told(Executions.start, "a"), told(Executions.retry, "e")):
        assert outcomes(request, BROKEN, REFUSED, Reply(503, {}), DONE) == ([0.1, 0.3, 1.0], {"done": True})


def test_what_may_not_be_sent_twice_is_sent_again_only_if_nobody_can_have_seen_it() -> None:
    assert outcomes(POST, REFUSED, REFUSED, DONE) == ([0.1, 0.3], {"done": True})
    for request in (POST, told(Agents.delete, "a"), told(Schedules.run, "s")):
        with pytest.raises(Unreachable, match="may have been done") as raised:
            outcomes(request, BROKEN)
        assert raised.value.was_sent


def test_a_server_that_stays_away_is_told_in_a_sentence() -> None:
    with pytest.raises(Unreachable, match=r"The server does not answer \(refused\)\. Try again\."):
        outcomes(GET, *[REFUSED] * 5)


def limited(seconds: str) -> Reply:
    return Reply(429, {"retry-after": seconds}, b'{"error": "rate_limited", "message": "Too often.", "details": {}}')


def test_who_asks_too_often_waits_twice_and_not_for_long() -> None:
    assert outcomes(POST, limited("2"), limited("3"), DONE)[0] == [2.0, 3.0]
    for given in ([limited("2")] * 3, [limited("11")], [limited("soon")], [limited("")]):
        with pytest.raises(ApiError, match="Too often") as raised:
            outcomes(POST, *given)
        assert (raised.value.status, raised.value.code) == (429, "rate_limited")


@pytest.mark.parametrize(
    ("reply", "code", "message"),
    [
        (Reply(404, {}, b'{"error": "not_found", "message": "No.", "details": {"id": "x"}}'), "not_found", "No."),
        (Reply(502, {}, b"<html>a proxy's page</html>"), "unknown", "The server answered 502."),
        (Reply(500, {}, b"[1]"), "unknown", "The server answered 500."),
        (Reply(400, {}, b'{"error": 3, "message": null, "details": []}'), "unknown", "The server answered 400."),
    ],
)
def test_an_error_has_a_code_and_a_sentence_whatever_was_answered(reply: Reply, code: str, message: str) -> None:
    with pytest.raises(ApiError) as raised:
        outcomes(POST, reply)
    assert (raised.value.status, raised.value.code, raised.value.message) == (reply.status, code, message)


@pytest.mark.parametrize("content", [b"", b"<html>", b"[" * 100_000])
def test_an_answer_that_is_no_json_is_an_error(content: bytes) -> None:
    with pytest.raises(Unreachable, match="cannot be read"):
        outcomes(POST, Reply(200, {}, content))


def test_a_new_server_on_the_folder_is_asked_at_once_and_an_unknown_key_elsewhere_is_an_error() -> None:
    denied = ApiError(401, "unauthorized", "Sign in.")
    moved = Patience().pause_after(denied, is_repeatable=False, can_move=True, has_moved=True)
    assert (moved, Patience().pause_after(denied, is_repeatable=False, can_move=True)) == (0.0, 0.1)
    assert Patience().pause_after(denied, is_repeatable=True) is None


def test_waiting_costs_few_requests() -> None:
    waited, asked = 0.0, 0
    while waited < 3600:
        waited, asked = waited + pause_while_waiting(waited, None), asked + 1
    assert asked < 450
    assert pause_while_waiting(59.5, 60) == 0.5


def test_a_folder_without_a_server_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="No server runs on the data folder"):
        DataFolder(tmp_path)
