"""How a stream is followed, step by step, without a network."""

from typing import Any

import pytest

from orchestra.client.dashboard import Dashboard
from orchestra.client.errors import ApiError, Unreachable
from orchestra.client.executions import Executions
from orchestra.client.frameworks import Frameworks
from orchestra.client.groups import Blocking, Group
from orchestra.client.places import Place
from orchestra.client.steps import Closed, Emit, Lost, Open, Pause, Read, Reply, Send, ServerEvent
from orchestra.errors import Invalid

NOBODY: Group[Blocking] = Group(None)  # type: ignore[arg-type]
PLACE = Place("http://127.0.0.1:1", "ao_key")
OPENED = Reply(200, {})
BROKEN = Lost("it broke", was_sent=True)
RUNNING = Reply(200, {}, b'{"status": "RUNNING"}')
ENDED = Reply(200, {}, b'{"status": "COMPLETED"}')
END = ServerEvent("1-9", "status", '{"timestamp": "t", "data": {"status": "FAILED"}}')
DROPPED = ServerEvent("", "dropped", '{"message": "Too slow."}')

FLOWS = [
    Executions.stream.describe(NOBODY, "e"),
    Dashboard.follow.describe(NOBODY),
    Frameworks.follow.describe(NOBODY, "crewai"),
]


def line(number: int) -> ServerEvent:
    return ServerEvent(f"1-{number}", "log", f'{{"timestamp": "t", "message": "line {number}", "level": "INFO"}}')


def follow(*outcomes: Any, flow: Any = None) -> tuple[list[Any], list[str]]:
    """What is emitted when the steps come out like this, to the last outcome, and behind which ids it is opened."""
    left, outcome = list(outcomes), None
    emitted: list[Any] = []
    opened: list[str] = []
    steps = (flow or Executions.stream.describe(NOBODY, "e")).steps(PLACE)
    while True:
        try:
            step = steps.send(outcome)
        except StopIteration:
            assert left == []
            return emitted, opened
        outcome = None
        if isinstance(step, Emit):
            emitted.append(step.item)
        elif not isinstance(step, Pause):
            if not left:
                return emitted, opened
            outcome = left.pop(0)
            assert isinstance(outcome, Lost) or isinstance(step, _expected(outcome)), (step, outcome)
        if isinstance(step, Open):
            opened.append(step.message.headers.get("Last-Event-ID", ""))


def _expected(outcome: Any) -> type:
    if isinstance(outcome, Reply):
        return Open if outcome is OPENED or outcome.status >= 400 else Send
    return Read


def test_an_event_has_what_the_server_says() -> None:
    told = '{"timestamp": "2026-01-01T00:00:00Z", "message": "hi", "level": "WARN", "step": "s", "data": {"n": 1}}'
    ((event, _), _) = follow(OPENED, ServerEvent("1-3", "log", told), END)
    assert (event.id, event.kind, event.level, event.message, event.step) == ("1-3", "log", "WARN", "hi", "s")
    assert (event.timestamp, event.data) == ("2026-01-01T00:00:00Z", {"n": 1})


def test_the_event_that_tells_the_end_is_the_last() -> None:
    emitted, opened = follow(OPENED, line(1), END)
    assert ([event.id for event in emitted], opened) == (["1-1", "1-9"], [""])


@pytest.mark.parametrize("interruption", [[BROKEN], [DROPPED], [Closed(), RUNNING], [BROKEN, BROKEN, Reply(503, {})]])
def test_an_interrupted_stream_is_opened_behind_its_latest_event(interruption: list[Any]) -> None:
    emitted, opened = follow(OPENED, line(1), line(2), *interruption, OPENED, line(3), END)
    assert [event.id for event in emitted] == ["1-1", "1-2", "1-3", "1-9"]
    assert (opened[0], set(opened[1:])) == ("", {"1-2"})


def test_a_stream_closed_by_a_server_that_stops_is_read_once_more_after_the_end() -> None:
    emitted, opened = follow(OPENED, line(1), Closed(), ENDED, OPENED, line(2), END)
    assert ([event.id for event in emitted], opened) == (["1-1", "1-2", "1-9"], ["", "1-1"])


def test_a_stream_from_behind_the_end_ends() -> None:
    flow = Executions.stream.describe(NOBODY, "e", last_id="1-9")
    assert follow(OPENED, Closed(), ENDED, OPENED, Closed(), flow=flow) == ([], ["1-9", "1-9"])


def test_who_finds_no_server_for_half_a_minute_gives_up_and_each_event_begins_it_anew() -> None:
    with pytest.raises(Unreachable, match="The run goes on without it"):
        follow(OPENED, line(1), *[BROKEN] * 100)
    emitted, _ = follow(*[BROKEN] * 50, OPENED, line(1), *[BROKEN] * 50, OPENED, END)
    assert len(emitted) == 2


def closed(reason: str) -> ServerEvent:
    return ServerEvent("", "closed", f'{{"reason": "{reason}", "message": "The key was revoked."}}')


@pytest.mark.parametrize("flow", FLOWS, ids=["executions", "dashboard", "frameworks"])
def test_a_stream_whose_key_is_not_valid_any_more_says_why(flow: Any) -> None:
    with pytest.raises(ApiError, match="The key was revoked") as raised:
        follow(OPENED, closed("revoked"), flow=flow)
    assert (raised.value.status, raised.value.details) == (401, {"reason": "revoked"})


def test_who_has_another_role_goes_on_with_what_that_shows() -> None:
    emitted, opened = follow(OPENED, line(1), closed("role_changed"), OPENED, line(2), END)
    assert ([event.id for event in emitted], opened) == (["1-1", "1-2", "1-9"], ["", "1-1"])


def state(state: str) -> ServerEvent:
    return ServerEvent("", "progress" if state == "building" else "end", f'{{"state": "{state}"}}')


@pytest.mark.parametrize("interruption", [BROKEN, DROPPED, Closed()])
def test_an_install_is_followed_through_interruptions_to_what_it_led_to(interruption: Any) -> None:
    outcomes = [OPENED, state("building"), interruption, OPENED, state("building"), state("failed")]
    emitted, opened = follow(*outcomes, flow=Frameworks.follow.describe(NOBODY, "crewai"))
    assert [one["state"] for one in emitted] == ["building", "building", "failed"]
    assert opened == ["", ""]


def test_a_refusal_is_told_at_once() -> None:
    with pytest.raises(ApiError, match="No such"):
        follow(Reply(404, {}, b'{"error": "not_found", "message": "No such thing.", "details": {}}'))


@pytest.mark.parametrize("data", ["", "[]", "{", "[" * 100_000])
def test_an_event_that_cannot_be_read_does_not_pass_for_one(data: str) -> None:
    with pytest.raises(Unreachable):
        follow(*[OPENED, ServerEvent("1-1", "log", data)] * 100)


def test_an_id_that_no_header_can_carry_is_not_sent_back() -> None:
    with pytest.raises(Invalid):
        follow(OPENED, ServerEvent("1\x01", "log", "{}"), BROKEN, OPENED)


def test_the_dashboard_begins_anew_and_never_ends() -> None:
    flow = Dashboard.follow.describe(NOBODY, "24h")
    snapshot = ServerEvent("1", "snapshot", '{"timeframe": "24h"}')
    emitted, opened = follow(OPENED, snapshot, BROKEN, OPENED, snapshot, Closed(), OPENED, snapshot, flow=flow)
    assert ([event.kind for event in emitted], opened) == (["snapshot"] * 3, ["", "", ""])
