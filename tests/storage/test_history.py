import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestra.domain.events import Event, EventKind, LogLevel
from orchestra.domain.executions import (
    DeploymentEnvironment,
    Execution,
    ExecutionStatus,
    FailureClass,
    Trigger,
)
from orchestra.engine.journal import parse
from orchestra.errors import CannotStart, NewerSchema, Unavailable
from orchestra.worker import protocol
from orchestra_storage.history import History, Mark, OutputSegment, Segment
from orchestra_storage.history_rows import event_of_row, row_of_event

NewEvent = Callable[..., Event]


def _rows(file: Path, query: str) -> list[tuple[object, ...]]:
    with closing(duckdb.connect(file)) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
def ended(now: datetime) -> Execution:
    return Execution(
        number=7,
        id="e7",
        owner_id="u1",
        agent_id="a1",
        agent_name="Agent",
        framework="miniagi",
        status=ExecutionStatus.FAILED,
        input={},
        configuration={},
        trigger=Trigger.MANUAL,
        environment=DeploymentEnvironment.STAGING,
        created_at=now,
        started_at=now,
        completed_at=now + timedelta(seconds=3),
        failure=FailureClass.LOST,
        tokens_used=5,
    )


def test_events_come_back_as_they_were_stored(history: History, an_event: NewEvent):
    log = an_event(level=LogLevel.WARN, message="<b>é😀\r\n", data={"deep": [1, None, "\ud800"]})
    step = an_event(seq=1, at=1_764_000_000.123456, kind=EventKind.STEP_STARTED, step="plan", message="Plan")
    history.store([Segment(1, 1, 100, [log, step])]).result()
    assert history.events(1, limit=10) == [log, step]


def test_events_continue_behind_a_position(history: History, an_event: NewEvent):
    first = [an_event(seq=n) for n in range(4)]
    second = [an_event(seq=n, attempt=2) for n in range(2)]
    history.store([Segment(1, 2, 9, second), Segment(1, 1, 9, first)]).result()
    assert history.events(1, after=(1, 1), limit=10) == [*first[2:], *second]
    assert history.events(1, after=(1, 3), limit=1) == second[:1]
    assert history.events(1, after=(2, 1), limit=10) == []
    assert history.events(2, limit=10) == []


def test_a_mark_says_how_far_a_journal_is_stored(history: History, an_event: NewEvent):
    assert history.mark(1, 1) == Mark(0, 0)
    history.store([Segment(1, 1, 120, [an_event(seq=n) for n in range(3)]), Segment(2, 1, 50, [])]).result()
    history.store([Segment(1, 1, 200, [an_event(seq=3)])]).result()
    assert (history.mark(1, 1), history.mark(2, 1), history.mark(1, 2)) == (Mark(200, 4), Mark(50, 0), Mark())


def test_a_replayed_segment_changes_nothing(history: History, an_event: NewEvent):
    segment = Segment(1, 1, 100, [an_event(seq=n) for n in range(5)])
    history.store([segment]).result()
    history.store([segment, segment]).result()
    history.store([Segment(1, 1, 40, segment.events[:2])]).result()
    assert history.events(1, limit=100) == segment.events
    assert history.mark(1, 1) == Mark(100, 5)


def test_only_the_new_part_of_an_overlapping_segment_is_stored(history: History, an_event: NewEvent):
    events = [an_event(seq=n) for n in range(6)]
    history.store([Segment(1, 1, 40, events[:4]), Segment(1, 1, 60, events[2:])]).result()
    assert history.events(1, limit=100) == events
    assert history.mark(1, 1) == Mark(60, 6)


PARTS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=8)


@settings(max_examples=15, deadline=None)
@given(parts=PARTS)
def test_however_segments_overlap_no_event_is_doubled_or_lost(tmp_path_factory: pytest.TempPathFactory, parts):
    journal = [Event(1, 1, seq, float(seq), EventKind.LOG) for seq in range(13)]
    reached = 0
    with closing(History.open(tmp_path_factory.mktemp("history") / "h.duckdb")) as history:
        for start, end in parts:
            start = min(start, reached)  # As a tailing reader does: never further than one after the last.
            history.store([Segment(1, 1, end, journal[start:end])]).result()
            reached = max(reached, end)
        assert history.events(1, limit=100) == journal[:reached]
        assert history.mark(1, 1) == Mark(reached, reached)


def test_events_are_not_stored_without_their_mark(history: History, an_event: NewEvent):
    with pytest.raises(Exception, match="out of range"):
        history.store([Segment(1, 1, 2**70, [an_event()])]).result()
    assert (history.events(1, limit=10), history.mark(1, 1)) == ([], Mark())


def test_a_batch_is_stored_whole_or_not_at_all(history: History, an_event: NewEvent):
    good = Segment(1, 1, 10, [an_event()])
    bad = Segment(2, 1, 10, [an_event(number=2), an_event(number=2, seq=2**70)])
    with pytest.raises(Exception, match="out of range"):
        history.store([good, bad]).result()
    assert (history.events(1, limit=10), history.events(2, limit=10), history.mark(1, 1)) == ([], [], Mark())
    history.store([good]).result()
    assert history.events(1, limit=10) == good.events


@pytest.mark.parametrize("at", [float("nan"), float("inf"), float("-inf"), -1e300, 1e300, 253_402_300_799.9999999])
def test_no_time_a_worker_names_stops_the_history(an_event: NewEvent, at: float):
    assert 0 <= event_of_row(row_of_event(an_event(at=at))).at <= 253_402_300_800


def test_text_that_no_file_can_hold_is_made_harmless(history: History, an_event: NewEvent):
    history.store([Segment(1, 1, 9, [an_event(message="a\ud800b\x00", step="\udfff")])]).result()
    event = history.events(1, limit=1)[0]
    assert (event.message, event.step) == ("a\ufffdb\ufffd", "\ufffd")


def test_logs_are_paged_counted_and_filtered_by_level(history: History, an_event: NewEvent):
    logs = [an_event(seq=n, level=LogLevel.ERROR if n % 2 else LogLevel.INFO) for n in range(6)]
    history.store([Segment(1, 1, 9, [*logs, an_event(seq=6, kind=EventKind.TOKEN, message="x")])]).result()
    assert history.logs(1, limit=2) == (logs[:2], 6)
    assert history.logs(1, offset=4, limit=10) == (logs[4:], 6)
    assert history.logs(1, level=LogLevel.ERROR, limit=2, offset=1) == ([logs[3], logs[5]], 3)
    assert history.logs(1, level=LogLevel.FATAL, limit=2) == ([], 0)


def test_steps_are_their_starts_and_ends(history: History, an_event: NewEvent):
    kinds = [EventKind.STEP_STARTED, EventKind.LOG, EventKind.STEP_ENDED, EventKind.END]
    events = [an_event(seq=n, kind=kind, step="s") for n, kind in enumerate(kinds)]
    history.store([Segment(1, 1, 9, events)]).result()
    assert history.steps(1) == [events[0], events[2]]


def test_an_ended_execution_is_recorded_once(history: History, tmp_path: Path, ended: Execution, now: datetime):
    history.store([], [ended]).result()
    history.store([], [ended]).result()
    history.close()
    naive = now.astimezone(UTC).replace(tzinfo=None)
    words = (7, "e7", "a1", "miniagi", "FAILED", "lost", "manual", "staging")
    assert _rows(tmp_path / "history.duckdb", "SELECT * FROM executions") == [
        (*words, naive, naive, naive + timedelta(seconds=3), 3000, 5, None, 0.0)
    ]


def test_removing_forgets_all_of_an_execution(history: History, an_event: NewEvent, ended: Execution, tmp_path: Path):
    history.store([Segment(n, 1, 9, [an_event(number=n)]) for n in (6, 7, 8)]).result()
    history.store([], [ended]).result()
    history.remove([6, 7]).result()
    assert (history.events(7, limit=1), history.mark(7, 1)) == ([], Mark())
    assert len(history.events(8, limit=1)) == 1
    history.close()
    assert _rows(tmp_path / "history.duckdb", "SELECT count(*) FROM executions") == [(0,)]


def test_closing_stores_what_was_handed_over(history: History, an_event: NewEvent, tmp_path: Path):
    for n in range(50):
        history.store([Segment(1, 1, n + 1, [an_event(seq=n)])])
    history.close()
    with closing(History.open(tmp_path / "history.duckdb")) as again:
        assert len(again.events(1, limit=100)) == 50
        assert again.mark(1, 1) == Mark(50, 50)


def test_a_closed_history_says_so(history: History):
    history.ping()
    history.close()
    with pytest.raises(Unavailable, match="does not answer"):
        history.ping()
    with pytest.raises(Unavailable, match="closed"):
        history.store([])


def test_threads_read_while_one_writes(history: History, an_event: NewEvent):
    def write(_: int) -> None:
        for n in range(60):
            history.store([Segment(1, 1, n + 1, [an_event(seq=n * 10 + m) for m in range(10)])]).result()

    def read(_: int) -> None:
        for _ in range(60):
            assert len(history.events(1, limit=10_000)) % 10 == 0
            lines, total = history.logs(1, limit=10_000)
            assert len(lines) == total

    with ThreadPoolExecutor(7) as threads:
        writing = threads.submit(write, 0)
        assert list(threads.map(read, range(6))) == [None] * 6
        writing.result()
    assert history.mark(1, 1) == Mark(60, 600)


def test_sql_in_the_history_reaches_no_other_file(history: History, tmp_path: Path):
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    with pytest.raises(duckdb.Error, match="disabled"):
        history._read(f"SELECT * FROM '{tmp_path / 'secret.csv'}'")
    with pytest.raises(duckdb.Error, match="locked"):
        history._read("SET enable_external_access = true")


def test_a_newer_history_is_refused(history: History, tmp_path: Path):
    history.close()
    _rows(tmp_path / "history.duckdb", "UPDATE meta SET schema_version = 99")
    with pytest.raises(NewerSchema, match=r"newer version.*at 99.*Install"):
        History.open(tmp_path / "history.duckdb")
    assert _rows(tmp_path / "history.duckdb", "SELECT * FROM meta") == [(99,)]


def test_a_damaged_history_is_refused(tmp_path: Path):
    file = tmp_path / "history.duckdb"
    file.write_text("Dear diary, " * 1000)
    with pytest.raises(CannotStart, match="damaged or not ours"):
        History.open(file)
    assert file.read_text().startswith("Dear diary")


def test_the_duckdb_file_of_another_program_is_refused(tmp_path: Path):
    _rows(tmp_path / "history.duckdb", "CREATE TABLE events (song VARCHAR)")
    with pytest.raises(CannotStart, match="damaged or not ours"):
        History.open(tmp_path / "history.duckdb")


def test_a_history_killed_while_it_was_made_is_made_again(tmp_path: Path):
    (tmp_path / "history.duckdb").touch()
    with closing(History.open(tmp_path / "history.duckdb")) as history:
        history.ping()


def test_a_history_held_by_another_process_is_refused(history: History, tmp_path: Path):
    code = (
        "import sys; from pathlib import Path; from orchestra.errors import CannotStart\n"
        "from orchestra_storage.history import History\n"
        "try: History.open(Path(sys.argv[1]))\nexcept CannotStart as error: print(error)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "history.duckdb")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Another process holds the history" in said
    assert str(tmp_path / "history.duckdb") in said


def test_output_is_stored_as_if_it_had_been_read_line_by_line(history: History, an_event: NewEvent):
    texts = ['a "quoted" text', "back\\slash", "é \x7f\x1b[0m", ""]
    encoded = protocol.output_encoder(1_700_000_000.25, "WARN", "stderr")
    lines = "".join(encoded(text, offset) for offset, text in enumerate(texts)).encode()
    history.store([Segment(1, 1, 9, [an_event(seq=0)]), OutputSegment(1, 1, 99, 1, len(texts), lines)]).result()
    stored = history.events(1, limit=10)[1:]
    assert stored == [parse(line, 1, 1, seq) for seq, line in enumerate(lines.splitlines(), 1)]
    assert history.mark(1, 1) == Mark(99, 5)


def test_output_that_was_stored_in_part_is_stored_once(history: History):
    encoded = protocol.output_encoder(1_700_000_000.25, "INFO", "stdout")
    lines = ["".join(encoded(f"line {i}", i) for i in range(a, b)).encode() for a, b in ((0, 3), (1, 5), (0, 3))]
    history.store([OutputSegment(1, 1, 30, 0, 3, lines[0])]).result()
    history.store([OutputSegment(1, 1, 50, 1, 4, lines[1])]).result()
    history.store([OutputSegment(1, 1, 30, 0, 3, lines[2])]).result()
    assert [event.message for event in history.events(1, limit=10)] == [f"line {i}" for i in range(5)]
    assert [event.seq for event in history.events(1, limit=10)] == list(range(5))
    assert history.mark(1, 1) == Mark(50, 5)


def test_a_history_of_the_first_version_is_renewed(tmp_path: Path, ended: Execution) -> None:
    file = tmp_path / "history.duckdb"
    history = History.open(file)
    history.store([], [ended]).result()
    history.close()
    for statement in (
        "DROP TABLE model_calls",
        "ALTER TABLE executions DROP COLUMN known_cost",
        "UPDATE executions SET cost = 0.5",
        "UPDATE meta SET schema_version = 1",
    ):
        _rows(file, statement)
    History.open(file).close()
    assert _rows(file, "SELECT schema_version FROM meta") == [(2,)]
    assert _rows(file, "SELECT known_cost FROM executions") == [(0.5,)]
    assert _rows(file, "SELECT count(*) FROM model_calls") == [(0,)]
