"""Reading and writing journals from the server's side."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestra.domain.events import EventKind, LogLevel
from orchestra.engine.journal import Position, Seal, Tail, parse
from orchestra.engine.leftover import unwritten_output
from orchestra.redactor import MASK, Redactor
from orchestra.worker import protocol

SECRET = "sk-0123456789abcdef"


def tail_of(path: Path) -> Tail:
    return Tail(path, 7, 1, Seal(b"secret"))


def test_a_line_is_numbered_by_its_place(tmp_path: Path) -> None:
    journal = tmp_path / "events.jsonl"
    journal.write_bytes(b"".join(protocol.encode("log", 1.0, "INFO", f"line {i}") for i in range(3)))
    events = tail_of(journal).read()
    assert [(event.seq, event.message) for event in events] == [(0, "line 0"), (1, "line 1"), (2, "line 2")]


def test_a_line_that_is_being_written_waits(tmp_path: Path) -> None:
    journal = tmp_path / "events.jsonl"
    line = protocol.encode("log", 1.0, "INFO", "whole")
    journal.write_bytes(line + line[:10])
    tail = tail_of(journal)
    assert len(tail.read()) == 1
    journal.write_bytes(line + line)
    assert [event.seq for event in tail.read()] == [1]
    assert tail.read() == []


def test_a_missing_journal_is_empty(tmp_path: Path) -> None:
    assert tail_of(tmp_path / "none").read() == []


@pytest.mark.parametrize("size", [1, 1000, 3_000_000])
def test_an_unfinished_line_is_cut_off_and_whole_ones_stay(tmp_path: Path, size: int) -> None:
    journal = tmp_path / "events.jsonl"
    whole = protocol.encode("log", 1.0, "INFO", "whole")
    journal.write_bytes(whole + b"x" * size)
    tail_of(journal).drop_unfinished_line()
    assert journal.read_bytes() == whole
    journal.write_bytes(b"x" * size)
    tail_of(journal).drop_unfinished_line()
    assert journal.read_bytes() == b""


def test_a_journal_is_opened_once_however_often_the_server_is_killed(tmp_path: Path) -> None:
    tail = tail_of(tmp_path / "events.jsonl")
    for _ in range(2):
        tail.open("Started.", {"status": "RUNNING"})
    assert [event.message for event in tail.read()] == ["Started."]


def test_a_status_counts_if_a_server_wrote_it_into_this_very_journal(tmp_path: Path) -> None:
    tail = tail_of(tmp_path / "events.jsonl")
    tail.append("Done.", {"status": "COMPLETED"})
    own = (tmp_path / "events.jsonl").read_bytes()
    events = tail.read()
    assert [(event.kind, event.data) for event in events] == [(EventKind.STATUS, {"status": "COMPLETED"})]
    other = Tail(tmp_path / "events.jsonl", 8, 1, Seal(b"secret"))
    assert [event.kind for event in other.read()] == [EventKind.LOG]
    for forged in (own.replace(b"COMPLETED", b"CANCELLED"), own.replace(b"Done", b"Gone"), b'{"kind":"status"}\n'):
        (tmp_path / "forged.jsonl").write_bytes(forged)
        assert [event.kind for event in tail_of(tmp_path / "forged.jsonl").read()] == [EventKind.LOG]


@given(st.binary(max_size=300).filter(lambda line: b"\n" not in line))
def test_any_bytes_give_an_event_that_can_be_stored(line: bytes) -> None:
    event = parse(line, 1, 1, 0)
    assert event.message is None or event.message.encode("utf-8")


HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=[])), inner),
    max_leaves=10,
)


@given(HOSTILE, st.sampled_from([*EventKind, "other", None, 5]))
def test_any_json_gives_an_event_that_can_be_stored(value: object, kind: object) -> None:
    line = {"at": value, "kind": kind, "level": value, "message": value, "step": value, "data": value}
    event = parse(json.dumps(line).encode(), 1, 1, 0)
    assert json.dumps(event.data, ensure_ascii=False).encode("utf-8")
    assert 0 < event.at < 253402300799
    assert event.level is None or event.level in LogLevel


def test_output_behind_what_the_journal_tells_is_saved(tmp_path: Path) -> None:
    (tmp_path / protocol.STDOUT).write_text("one\ntwo\nthree")
    (tmp_path / protocol.STDERR).write_text("oh\n")
    told = {"stream": "stdout", "offset": 4}
    (tmp_path / protocol.JOURNAL).write_bytes(protocol.encode("log", 1.0, "INFO", "one", None, told) + b"garbage\n")
    saved = [json.loads(line) for line in unwritten_output(tmp_path)]
    assert [(line["level"], line["message"]) for line in saved] == [("INFO", "two"), ("INFO", "three"), ("WARN", "oh")]


def test_lines_too_long_are_cut_and_say_so() -> None:
    line = json.loads(protocol.encode("log", 1.0, "INFO", "x" * (protocol.MAX_TEXT + 5)))
    assert line["message"].endswith("(5 more characters cut)")


def test_secrets_are_taken_out_of_lines_and_floods_of_output_alike(tmp_path: Path) -> None:
    redactor = Redactor()
    redactor.learn(SECRET)
    tail = Tail(tmp_path / "events.jsonl", 7, 1, Seal(b"secret"), redactor.bytes)
    tail.append(f"the server says {SECRET}", {"note": SECRET})
    flood = b'{"at": 1.5, "kind": "log", "level": "INFO", "message": "%b", "data": {"stream": "stdout", "offset": 0}}\n'
    [told] = tail.read()
    assert (told.kind, told.message, dict(told.data)) == (EventKind.STATUS, f"the server says {MASK}", {"note": MASK})
    with (tmp_path / "events.jsonl").open("ab") as file:
        file.write(flood % SECRET.encode() * 1000)
    lines = tail.skim()
    assert lines is not None
    assert (lines.count, SECRET.encode() in lines.lines, lines.lines.count(MASK.encode())) == (1000, False, 1000)
    assert tail.position == Position((tmp_path / "events.jsonl").stat().st_size, 1001)
