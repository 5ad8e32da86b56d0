"""Cancels that meet runs in the moment in which they end: each run has one end, and all counts agree."""

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
from servers import FINAL, ServerUnderTest, processes_of, wait_until

_RUNS = 200


def test_two_hundred_cancels_against_runs_that_finish_leave_one_end_each(any_server: ServerUnderTest) -> None:
    agent = any_server.agent("count", {"graceSeconds": 1}, count=1, seconds=0.03)
    chance = random.Random(4)

    def run_and_cancel(pause: float) -> str:
        execution = any_server.start_run(agent)
        time.sleep(pause)
        answer = any_server.http.delete(f"/api/executions/{execution}")
        assert answer.status_code in {200, 202, 409}, answer.text
        return execution

    with ThreadPoolExecutor(8) as threads:
        executions = list(threads.map(run_and_cancel, [chance.uniform(0, 0.25) for _ in range(_RUNS)]))
    ends = [any_server.wait(execution) for execution in executions]
    counts = Counter(end["status"] for end in ends)
    assert set(counts) <= {"COMPLETED", "CANCELLED"}, counts
    read = any_server.call("GET", f"/agents/{agent}")
    assert read["totalExecutions"] == _RUNS
    assert read["successfulExecutions"] == counts["COMPLETED"]
    assert read["status"] == "IDLE"
    wait_until(lambda: not any(map(processes_of, executions)))
    any_server.stop()
    assert ends_in_history(any_server.data_dir) == Counter({end["id"]: 1 for end in ends})


def ends_in_history(data_dir: Path) -> Counter[str]:
    """How many ends the history tells of each execution that counted."""
    with duckdb.connect(data_dir / "history.duckdb", read_only=True) as history:
        rows = history.execute(
            "SELECT id FROM events JOIN executions USING (number) WHERE kind = 'status' "
            "AND data->>'status' IN (SELECT unnest(?)) AND number > 1",
            [sorted(FINAL)],
        ).fetchall()
    return Counter(row[0] for row in rows)
