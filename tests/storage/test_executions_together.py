"""Many threads on one database, and any order of events on one agent."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from orchestra.domain.agents import Agent, status_of
from orchestra.domain.executions import (
    DeploymentEnvironment,
    Execution,
    ExecutionStatus,
    Outcome,
    Trigger,
)
from orchestra.domain.identity import Role, User
from orchestra_storage.executions import NewExecution
from orchestra_storage.migrate import migrate
from orchestra_storage.unit import Storage


def test_eight_threads_lose_no_usage(storage: Storage, an_execution: Callable[..., Execution]):
    number = an_execution().number

    def meter(_: int) -> None:
        for _ in range(100):
            with storage.write() as unit:
                unit.executions.add_usage(number, 3, 0.5)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(meter, range(8)))
    with storage.read() as unit:
        found = unit.executions.by_number(number)
    assert found is not None
    assert (found.tokens_used, found.cost) == (2400, 400.0)


def test_two_programs_may_read_before_they_write(
    storage: Storage, an_execution: Callable[..., Execution], tmp_path: Path
):
    number = an_execution().number
    stores = [storage, Storage.open(tmp_path / "orchestra.db")]

    def meter(store: Storage) -> None:
        for _ in range(50):
            with store.write() as unit:
                # Without the write lock from the start, one of the two would now be told that it is too late.
                assert unit.executions.by_number(number) is not None
                unit.executions.add_usage(number, 1, None)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(meter, stores * 2))
    stores[1].close()
    with storage.read() as unit:
        found = unit.executions.by_number(number)
    assert found is not None
    assert found.tokens_used == 200


def test_sixteen_threads_never_claim_one_execution_twice(storage: Storage, an_execution, an_agent, now: datetime):
    agent = an_agent()
    for _ in range(60):
        an_execution(agent.id)

    def claim(_: int) -> list[int]:
        claimed: list[int] = []
        while True:
            with storage.write() as unit:
                found = unit.queue.claim(3, now)
            if not found:
                return claimed
            claimed.extend(execution.number for execution in found)

    with ThreadPoolExecutor(16) as threads:
        numbers = [number for claimed in threads.map(claim, range(16)) for number in claimed]
    assert sorted(numbers) == list(range(1, 61))


def test_of_many_ends_one_wins_and_counts(storage: Storage, an_execution, now: datetime):
    execution = an_execution()
    with storage.write() as unit:
        unit.queue.claim(1, now)

    def finish(_: int) -> bool:
        with storage.write() as unit:
            return (
                unit.executions.finish(execution.number, Outcome(ExecutionStatus.COMPLETED, "Done."), now) is not None
            )

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(finish, range(8))) == 1
    with storage.read() as unit:
        agent = unit.agents.get(execution.agent_id)
    assert agent is not None
    assert agent.statistics.successful == 1


class Counters(RuleBasedStateMachine):
    """Whatever happens in whatever order, an agent's counters say what its executions say."""

    @initialize()
    def start(self) -> None:
        self.folder = TemporaryDirectory()
        self.now = datetime(2026, 11, 23, tzinfo=UTC)
        database = Path(self.folder.name) / "orchestra.db"
        migrate(database)
        self.storage = Storage.open(database)
        with self.storage.write() as unit:
            unit.users.add(User("u1", "Ada", Role.OWNER, self.now))
            unit.agents.add(Agent("a1", "u1", "Agent", "miniagi", {}, self.now, self.now))
        self.added, self.last_end = 0, None

    def _tick(self) -> datetime:
        self.now += timedelta(milliseconds=250)
        return self.now

    @rule()
    def accept(self) -> None:
        self.added += 1
        values = ({}, {}, Trigger.MANUAL, DeploymentEnvironment.DEVELOPMENT, self._tick())
        with self.storage.write() as unit:
            unit.executions.add(NewExecution(f"e{self.added}", "u1", "a1", *values))

    @rule(limit=st.integers(1, 3))
    def claim(self, limit: int) -> None:
        with self.storage.write() as unit:
            unit.queue.claim(limit, self._tick())

    @rule(number=st.integers(1, 6))
    def cancel(self, number: int) -> None:
        with self.storage.write() as unit:
            unit.executions.request_cancel(number, self._tick())

    @rule(number=st.integers(1, 6), status=st.sampled_from([s for s in ExecutionStatus if s.is_final]))
    def finish(self, number: int, status: ExecutionStatus) -> None:
        with self.storage.write() as unit:
            if unit.executions.finish(number, Outcome(status, "It ended."), self._tick()):
                self.last_end = status

    @invariant()
    def counters_agree(self) -> None:
        with self.storage.read() as unit:
            agent, all_of_it = unit.agents.get("a1"), unit.executions.page("u1", page=1, limit=1000).items
        assert agent is not None
        durations = [took for e in all_of_it if (took := e.duration_ms) is not None]
        running = sum(e.status is ExecutionStatus.RUNNING for e in all_of_it)
        assert agent.status == status_of(running, self.last_end)
        assert agent.statistics.total == self.added
        assert agent.statistics.successful == sum(e.status is ExecutionStatus.COMPLETED for e in all_of_it)
        assert agent.statistics.average_ms == (sum(durations) / len(durations) if durations else None)

    def teardown(self) -> None:
        if hasattr(self, "storage"):
            self.storage.close()
            self.folder.cleanup()


TestCounters = Counters.TestCase
TestCounters.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
