"""kill -9 of the writing process, again and again, on the same file."""

import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from orchestra_storage.history import History

BATCH = 25
WRITER = f"""
import sys
from pathlib import Path
from orchestra.domain.events import Event, EventKind
from orchestra_storage.history import History, Segment

history = History.open(Path(sys.argv[1]))
n = history.mark(1, 1).journal_offset
while True:
    events = [Event(1, 1, n * {BATCH} + m, 1.0, EventKind.LOG, message="line") for m in range({BATCH})]
    n += 1
    history.store([Segment(1, 1, n, events)]).result()
    print(n, flush=True)
"""


def test_a_killed_writer_loses_nothing_acknowledged_and_tears_no_batch(tmp_path: Path):
    file = tmp_path / "history.duckdb"
    for kill_after, pause_seconds in ((1, 0.0), (12, 0.003), (20, 0.006)):
        acknowledged = _write_and_kill(file, kill_after, pause_seconds)
        with closing(History.open(file)) as history:
            mark, events = history.mark(1, 1), history.events(1, limit=1_000_000)
        assert mark.journal_offset >= acknowledged
        assert mark.next_seq == mark.journal_offset * BATCH
        assert [event.seq for event in events] == list(range(mark.next_seq))


def _write_and_kill(file: Path, kill_after: int, pause_seconds: float) -> int:
    """The number of the last batch that the writer said was stored."""
    with subprocess.Popen([sys.executable, "-c", WRITER, str(file)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(kill_after)]
        time.sleep(pause_seconds)  # Into the middle of the next batch.
        writer.kill()
        said += writer.stdout.readlines()
    return int(said[-1])
