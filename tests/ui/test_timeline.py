"""Events become steps, a conversation and a log."""

from typing import Any

from orchestra.domain.events import Event, EventKind, LogLevel
from orchestra_ui.timeline import ASIDE, LOG_WINDOW, Timeline


def test_pieces_of_a_reply_become_one_message() -> None:
    timeline = _after(_token("Hel"), _token("lo"))
    [said] = timeline.utterances
    assert (said.text, said.name, said.streaming) == ("Hello", "Ann", True)


def test_the_finished_message_takes_the_place_of_its_pieces() -> None:
    timeline = _after(_token("raw"), _message("Finished.", role="assistant", name="Ann"))
    [said] = timeline.utterances
    assert (said.text, said.streaming) == ("Finished.", False)


def test_a_message_of_another_speaker_leaves_the_stream_open() -> None:
    timeline = _after(_token("thinking"), _message("result", role="tool", name="search"))
    assert [(said.text, said.streaming) for said in timeline.utterances] == [("thinking", True), ("result", False)]


def test_pieces_without_a_name_are_finished_by_any_assistant() -> None:
    timeline = _after(_token("raw", name=None), _message("Done.", role="assistant", name="Bob"))
    assert [(said.name, said.text) for said in timeline.utterances] == [("Bob", "Done.")]


def test_what_is_written_in_another_step_is_another_reply() -> None:
    timeline = _after(_token("first", step="a"), _token("second", step="b"))
    assert [(said.text, said.streaming) for said in timeline.utterances] == [("first", False), ("second", True)]


def test_what_a_critic_writes_is_an_aside() -> None:
    timeline = _after(_start("c", "judge", type="critic"), _token("hm", step="c"), _end("c"), _token("I", step="d"))
    assert [(said.role, said.name, said.streaming) for said in timeline.utterances] == [
        (ASIDE, "judge", False),
        ("assistant", "Ann", True),
    ]


def test_questions_and_answers_are_said() -> None:
    asked = _event(EventKind.QUESTION, "Go on?", id="q1")
    answered = _event(EventKind.ANSWER, "yes", id="q1", answer="yes", by={"id": "u", "name": "Ada"})
    expired = _event(EventKind.ANSWER, "Nobody answered in time.", id="q2", expired=True)
    timeline = _after(asked, answered, expired)
    assert [(said.role, said.name, said.text) for said in timeline.utterances] == [
        ("assistant", None, "Go on?"),
        ("user", "Ada", "yes"),
        ("system", None, "Nobody answered in time."),
    ]


def test_an_attempt_that_another_follows_leaves_nothing_open() -> None:
    timeline = _after(_start("a", "first"), _token("half"), _event(EventKind.STATUS, "Again.", status="PENDING"))
    assert timeline.running_step() is None
    assert not any(said.streaming for said in timeline.utterances)


def test_steps_are_in_the_order_of_their_tree() -> None:
    timeline = _after(
        _start("a", "first"), _start("b", "second"), _start("a1", "in first", parent="a"), _end("a1"), _end("a")
    )
    steps = [timeline.steps[key] for key in timeline.order]
    assert [(step.name, step.depth, step.is_running) for step in steps] == [
        ("first", 0, False),
        ("in first", 1, False),
        ("second", 0, True),
    ]


def test_a_step_keeps_its_arguments_and_its_result() -> None:
    timeline = _after(_start("t", "search", type="tool", arguments={"q": 1}), _end("t", status="failed", error="no"))
    [step] = timeline.steps.values()
    assert (step.status, step.details) == ("failed", {"arguments": {"q": 1}, "error": "no"})


def test_the_innermost_running_step_is_the_one_to_name() -> None:
    timeline = _after(_start("a", "outer"), _start("b", "inner", parent="a"))
    step = timeline.running_step()
    assert step is not None and step.name == "inner"


def test_the_end_stops_what_did_not_end_by_itself() -> None:
    timeline = _after(_start("a", "outer"), _token("half a"))
    timeline.close(99.0)
    assert [(step.status, step.ended) for step in timeline.steps.values()] == [("stopped", 99.0)]
    assert not timeline.utterances[0].streaming


def test_what_was_stopped_without_a_known_end_ends_with_the_last_event() -> None:
    timeline = _after(_start("a", "outer"))
    timeline.close(None)
    assert [step.ended for step in timeline.steps.values()] == [1.0]


def test_a_repeated_attempt_has_steps_of_its_own() -> None:
    timeline = _after(_start("a", "try"), _start("a", "try again", attempt=2), _end("a", attempt=2))
    assert [step.is_running for step in timeline.steps.values()] == [True, False]


def test_the_log_keeps_the_newest_lines_and_counts_all() -> None:
    lines = [_event(EventKind.LOG, f"line {i}", seq=i) for i in range(LOG_WINDOW + 5)]
    timeline = _after(*lines)
    assert (timeline.line_count, len(timeline.lines), timeline.lines[0].text) == (LOG_WINDOW + 5, LOG_WINDOW, "line 5")
    assert timeline.position == (1, LOG_WINDOW + 4)


def test_broken_events_do_no_harm() -> None:
    timeline = _after(
        _end("never started"),
        _event(EventKind.MESSAGE, None, role=7, name=["x"]),
        _event(EventKind.STEP_STARTED, None, step=None, parent=3),
    )
    assert [(said.role, said.name, said.text) for said in timeline.utterances] == [("assistant", None, "")]


def _after(*events: Event) -> Timeline:
    timeline = Timeline()
    timeline.apply(events)
    return timeline


def _event(
    kind: EventKind, message: str | None, *, step: str | None = None, attempt: int = 1, seq: int = 1, **data: Any
) -> Event:
    level = LogLevel.INFO if kind is EventKind.LOG else None
    return Event(1, attempt, seq, 1.0, kind, level, message, step, data)


def _token(text: str, name: str | None = "Ann", step: str | None = None) -> Event:
    return _event(EventKind.TOKEN, text, step=step, name=name)


def _message(text: str, **data: Any) -> Event:
    return _event(EventKind.MESSAGE, text, **data)


def _start(step: str, name: str, attempt: int = 1, **data: Any) -> Event:
    return _event(EventKind.STEP_STARTED, name, step=step, attempt=attempt, **data)


def _end(step: str, attempt: int = 1, **data: Any) -> Event:
    data.setdefault("status", "completed")
    return _event(EventKind.STEP_ENDED, None, step=step, attempt=attempt, **data)
