"""Whatever happens in whatever order, an execution has at most one live attempt and exactly one end.

The world around is played (time, workers, journals, crashes); what decides and what is stored is the real thing.
"""

import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from orchestra.domain.agents import Agent
from orchestra.domain.events import Event, EventKind
from orchestra.domain.executions import (
    DeploymentEnvironment,
    Execution,
    ExecutionStatus,
    FailureClass,
    Outcome,
    PastAttempt,
    ProcessIdentity,
    Trigger,
)
from orchestra.domain.identity import Role, User
from orchestra.domain.limits import Limits
from orchestra.domain.retry_policy import retry_policy_of
from orchestra.engine import lifecycle, retry
from orchestra.engine.lifecycle import Ending, StopCause
from orchestra.engine.recovery import Course, course_for
from orchestra_storage.executions import NewExecution
from orchestra_storage.migrate import migrate
from orchestra_storage.unit import Storage

S = ExecutionStatus
ENDINGS = st.one_of(
    st.just(Ending(S.COMPLETED, output={"answer": 1})),
    st.builds(lambda failure: Ending(S.FAILED, "It broke.", failure=failure), st.sampled_from(FailureClass)),
)
RARELY = st.sampled_from([False] * 5 + [True])  # else most runs would be over before anything happens


@dataclass
class Worker:
    """A process and its journal, which outlive the server."""

    alive: bool = True
    ending: Ending | None = None
    exit_code: int = 0
    lines: list[Event] = field(default_factory=list[Event])


@dataclass
class Watched:
    """What a server keeps in mind of an attempt."""

    execution: Execution
    stopped: StopCause | None = None


class Promises(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        migrate(self.folder / "orchestra.db")
        self.storage = Storage.open(self.folder / "orchestra.db")
        self.now = datetime(2026, 11, 24, tzinfo=UTC)
        self.workers: dict[int, Worker] = {}
        self.watched: Watched | None = None
        self.is_up = True
        self.end: Execution | None = None

    @initialize(attempts=st.integers(1, 4))
    def accept(self, attempts: int) -> None:
        allowed = [f.value for f in FailureClass if f not in {"configuration", "budget", "cancelled"}]
        configuration = {"retries": {"attempts": attempts, "backoffSeconds": 10, "failures": allowed}}
        new = NewExecution(
            "e", "u", "a", {}, configuration, Trigger.MANUAL, DeploymentEnvironment.DEVELOPMENT, self.now
        )
        with self.storage.write() as unit:
            unit.users.add(User("u", "Ada", Role.OWNER, self.now))
            unit.agents.add(Agent("a", "u", "Agent", "probe", {}, self.now, self.now))
            self.number = unit.executions.add(new).number
        self.policy = retry_policy_of(configuration)

    def teardown(self) -> None:
        self.storage.close()
        shutil.rmtree(self.folder)

    @property
    def row(self) -> Execution:
        with self.storage.read() as unit:
            found = unit.executions.by_number(self.number)
        assert found is not None
        return found

    @rule(seconds=st.sampled_from([1, 20, 100]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: self.is_up and self.watched is None)
    @rule()
    def the_queue_looks(self) -> None:
        with self.storage.write() as unit:
            for execution in unit.executions.cancelled_before_start():
                unit.executions.finish(execution.number, lifecycle.cancelled_before_start(execution.attempt), self.now)
            claimed = unit.queue.claim(1, self.now)
        if claimed:
            self.watched = Watched(claimed[0])

    @precondition(lambda self: self.watched is not None and self.watched.execution.attempt not in self.workers)
    @rule()
    def a_worker_starts(self) -> None:
        assert self.watched is not None
        with self.storage.write() as unit:
            assert unit.executions.set_process(self.number, ProcessIdentity(1, 1.0))
        self.workers[self.watched.execution.attempt] = Worker()

    @precondition(lambda self: any(worker.alive for worker in self.workers.values()))
    @rule(ending=ENDINGS)
    def the_worker_has_its_last_word(self, ending: Ending) -> None:
        [worker] = [worker for worker in self.workers.values() if worker.alive]
        worker.alive, worker.ending = False, ending

    @precondition(lambda self: any(worker.alive for worker in self.workers.values()))
    @rule(code=st.sampled_from([-9, -11, 0, 1]))
    def the_worker_dies(self, code: int) -> None:
        [worker] = [worker for worker in self.workers.values() if worker.alive]
        worker.alive, worker.exit_code = False, code

    @rule(really=RARELY)
    def somebody_cancels(self, really: bool) -> None:
        if not really:
            return
        with self.storage.write() as unit:
            unit.executions.request_cancel(self.number, self.now)
        if self.watched is not None and self.watched.stopped is None and self._ending is None:
            self.watched.stopped = StopCause.CANCEL

    @precondition(lambda self: self.watched is not None)
    @rule(really=RARELY)
    def its_time_is_up(self, really: bool) -> None:
        assert self.watched is not None
        if not really:
            return
        if self.watched.stopped is None and self._ending is None:
            self.watched.stopped = StopCause.TIMEOUT

    @precondition(lambda self: self.is_up)
    @rule(really=RARELY)
    def the_server_is_killed(self, really: bool) -> None:
        if really:
            self._crash()

    def _crash(self) -> None:
        self.is_up, self.watched = False, None

    @precondition(lambda self: not self.is_up)
    @rule()
    def the_server_starts(self) -> None:
        self.is_up = True
        with self.storage.read() as unit:
            found = unit.executions.running()
        for execution in found:
            stopped = StopCause.CANCEL if execution.cancel_requested_at and self._ending is None else None
            self.watched = Watched(execution, stopped)
            holder = ProcessIdentity(1, 1.0) if execution.attempt in self.workers else None
            if course_for(execution, was_untouched=holder is None, holder=holder) is Course.END:
                self._write(lifecycle.cancelled_before_start(execution.attempt), None)

    @precondition(lambda self: self._is_over)
    @rule(chance=st.floats(0, 1), crashes=RARELY)
    def the_end_is_written(self, chance: float, crashes: bool) -> None:
        """The journal first, the database then; the server may be killed between the two."""
        assert self.watched is not None
        attempt = self.watched.execution.attempt
        outcome, following = self._decided(attempt, chance)
        worker = self.workers.setdefault(attempt, Worker(alive=False))
        worker.alive = False  # the tree is killed before
        if not worker.lines:
            message, data = outcome.reason, {"status": outcome.status.value}
            if following is not None:
                message, data = retry.announcement(outcome, attempt, self.policy, following, self.now)
            elif outcome.failure is not None:
                data["failure"] = outcome.failure.value
            worker.lines.append(Event(self.number, attempt, 5, 0.0, EventKind.STATUS, message=message, data=data))
        if crashes:
            self._crash()
        else:
            self._write(outcome, following)

    @property
    def _ending(self) -> Ending | None:
        worker = self.workers.get(self.row.attempt)
        return worker.ending if worker is not None else None

    @property
    def _is_over(self) -> bool:
        if self.watched is None:
            return False
        worker = self.workers.get(self.watched.execution.attempt)
        return self.watched.stopped is not None or (worker is not None and not worker.alive)

    def _decided(self, attempt: int, chance: float) -> tuple[Outcome, retry.RetryDecision | None]:
        assert self.watched is not None
        worker = self.workers.get(attempt, Worker(alive=False))
        for line in worker.lines:
            if announced := retry.announced_by(line, attempt, self.policy):
                return announced
            if closed := lifecycle.closed_by(line, worker.ending):
                return closed, None
        code = worker.exit_code if worker.ending is None else 0
        outcome = lifecycle.outcome_of(worker.ending, code, self.watched.stopped, 1.0, Limits(60.0))
        return outcome, retry.decide_retry(outcome, attempt, self.policy, self.now, chance)

    def _write(self, outcome: Outcome, following: retry.RetryDecision | None) -> None:
        assert self.watched is not None
        execution = self.watched.execution
        with self.storage.write() as unit:
            if following is None:
                assert unit.executions.finish(self.number, outcome, self.now)
            else:
                past = PastAttempt(
                    execution.attempt, execution.attempt_began, self.now, outcome.failure, outcome.reason
                )
                assert unit.attempts.repeat(self.number, past, following.at)
                assert not unit.attempts.repeat(self.number, past, following.at)
        self.watched = None

    @invariant()
    def at_most_one_attempt_is_live(self) -> None:
        assert sum(worker.alive for worker in self.workers.values()) <= 1

    @invariant()
    def the_end_is_one_and_never_changes(self) -> None:
        row = self.row
        if self.end is not None:
            assert row == self.end
        elif row.status.is_final:
            self.end = row
            assert not any(worker.alive for worker in self.workers.values())
            assert row.next_attempt_at is None
        finals = [line for worker in self.workers.values() for line in worker.lines if lifecycle.closed_by(line, None)]
        assert len(finals) <= 1

    @invariant()
    def attempts_are_counted_within_the_policy(self) -> None:
        row = self.row
        assert row.attempt <= self.policy.attempts
        with self.storage.read() as unit:
            assert [past.number for past in unit.attempts.of(self.number)] == list(range(1, row.attempt))
            agent = unit.agents.get("a")
        assert agent is not None
        assert (agent.status == "RUNNING") == (row.status is S.RUNNING)


Promises.TestCase.settings = settings(max_examples=20, stateful_step_count=40, deadline=None)
TestPromises = Promises.TestCase
