from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from orchestra.domain.agents import Agent
from orchestra.domain.executions import Execution, ExecutionStatus, FailureClass, Outcome, PastAttempt
from orchestra.domain.queueing import Pause
from orchestra_storage import queue as queue_module
from orchestra_storage.database import open_engine, reading
from orchestra_storage.schema import READY, WAITING
from orchestra_storage.unit import Storage

NewExecution = Callable[..., Execution]
NewAgent = Callable[..., Agent]
FAILED = Outcome(ExecutionStatus.FAILED, "It broke.", failure=FailureClass.LOST)


def claimed(storage: Storage, limit: int, now: datetime, **more) -> list[str]:
    with storage.write() as unit:
        return [one.id for one in unit.queue.claim(limit, now, **more)]


def position_of(storage: Storage, execution: Execution) -> int | None:
    with storage.read() as unit:
        found = unit.executions.by_number(execution.number)
        assert found is not None
        return unit.queue.position(found)


def test_the_most_urgent_start_first_and_the_oldest_of_those(
    storage: Storage, an_agent: NewAgent, an_execution: NewExecution, now: datetime
):
    agent = an_agent().id
    for priority in (0, -50, 50, 0, 50):
        an_execution(agent, priority=priority)
    assert claimed(storage, 3, now) == ["e3", "e5", "e1"]
    assert claimed(storage, 3, now) == ["e4", "e2"]


def test_an_agent_with_many_waiting_starves_nobody(
    storage: Storage, an_agent: NewAgent, an_execution: NewExecution, now: datetime
):
    busy, calm = an_agent().id, an_agent().id
    for _ in range(50):
        an_execution(busy)
    lonely = an_execution(calm)
    assert position_of(storage, lonely) == 2
    assert claimed(storage, 2, now) == ["e1", lonely.id]
    assert claimed(storage, 2, now) == ["e2", "e3"]


def test_an_agents_limit_holds_and_follows_its_configuration(
    storage: Storage, an_agent: NewAgent, an_execution: NewExecution, now: datetime
):
    agent = an_agent(configuration={"limits": {"maxConcurrent": 1}}).id
    first, _ = an_execution(agent), an_execution(agent)
    other = an_execution()
    assert claimed(storage, 9, now) == [first.id, other.id]
    assert claimed(storage, 9, now) == []
    with storage.write() as unit:
        unit.executions.finish(first.number, FAILED, now)
    assert claimed(storage, 9, now) == ["e2"]
    third = an_execution(agent)
    assert claimed(storage, 9, now) == []
    with storage.write() as unit:
        unit.agents.update(agent, updated_at=now, configuration={})
    assert claimed(storage, 9, now) == [third.id]


def test_a_frameworks_limit_holds_across_its_agents(
    storage: Storage, an_agent: NewAgent, an_execution: NewExecution, now: datetime
):
    for framework in ("miniagi", "miniagi", "other"):
        an_execution(an_agent(framework=framework).id)
    slots = {"miniagi": 1}
    assert claimed(storage, 9, now, framework_slots=slots) == ["e1", "e3"]
    assert claimed(storage, 9, now, framework_slots=slots) == []
    with storage.write() as unit:
        unit.executions.finish(1, FAILED, now)
    assert claimed(storage, 9, now, framework_slots=slots) == ["e2"]


def test_limits_hold_across_priorities(storage: Storage, an_agent: NewAgent, an_execution: NewExecution, now: datetime):
    agent = an_agent(configuration={"limits": {"maxConcurrent": 2}}).id
    for priority in (0, 5, 0):
        an_execution(agent, priority=priority)
    assert claimed(storage, 9, now, framework_slots={"miniagi": 5}) == ["e2", "e1"]


def test_who_has_a_position_up_to_some_number_is_who_starts_when_so_many_slots_are_free(
    storage: Storage, an_agent: NewAgent, an_execution: NewExecution, now: datetime
):
    agents = [an_agent().id for _ in range(3)]
    waiting = [an_execution(agents[n % 7 % 3], priority=n % 2) for n in range(20)]
    told = sorted(waiting, key=lambda one: position_of(storage, one) or 0)
    assert [position_of(storage, one) for one in told] == list(range(1, 21))
    assert set(claimed(storage, 13, now)) == {one.id for one in told[:13]}
    assert position_of(storage, told[0]) is None


def test_more_agents_than_are_looked_at_get_their_turn_by_chance(
    storage: Storage, an_agent: NewAgent, an_execution: NewExecution, now: datetime, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(queue_module, "_WINDOW", 3)
    agents = [an_agent().id for _ in range(9)]
    for agent in agents * 2:
        an_execution(agent)
    assert claimed(storage, 1, now, start="a5") == ["e6"]
    assert sorted(claimed(storage, 3, now, start="a8")) == ["e1", "e2", "e9"]
    assert len(claimed(storage, 99, now, start="a3")) == 5


def test_what_waits_to_be_tried_again_starts_at_its_time(storage: Storage, an_execution: NewExecution, now: datetime):
    execution = an_execution()
    with storage.write() as unit:
        [running] = unit.queue.claim(1, now)
        past = PastAttempt(1, running.attempt_began, now, FailureClass.LOST, "It broke.")
        later = now + timedelta(seconds=10)
        assert unit.attempts.repeat(execution.number, past, later)
        assert not unit.attempts.repeat(execution.number, past, later)
        look = unit.queue.look(now)
        assert (look.has_work, look.next_attempt_at) == (False, later)
        assert unit.queue.counts() == (0, 1)
        assert unit.queue.claim(1, now) == []
        assert unit.queue.look(later).has_work
        [again] = unit.queue.claim(1, later)
        assert (again.attempt, again.started_at, again.attempt_began) == (2, now, later)
        assert again.next_attempt_at is None
        assert unit.attempts.of(execution.number) == [past]


def test_a_clock_that_was_set_back_keeps_nothing_waiting(storage: Storage, an_execution: NewExecution, now: datetime):
    execution = an_execution()
    with storage.write() as unit:
        unit.queue.claim(1, now)
        past = PastAttempt(1, now, now, FailureClass.LOST, "It broke.")
        unit.attempts.repeat(execution.number, past, now + timedelta(seconds=10))
        earlier = now - timedelta(days=30)
        assert unit.queue.look(earlier).has_work
        assert len(unit.queue.claim(1, earlier)) == 1


def test_a_paused_queue_has_no_work(storage: Storage, an_execution: NewExecution, now: datetime):
    an_execution()
    with storage.write() as unit:
        unit.queue.set_pause(Pause(now, "Ada"))
        unit.queue.set_pause(Pause(now + timedelta(seconds=9), "Bob"))
        assert unit.queue.pause() == Pause(now, "Ada")
        assert not unit.queue.look(now).has_work
        unit.queue.set_pause(None)
        assert unit.queue.pause() is None
        assert unit.queue.look(now).has_work


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT number FROM executions WHERE {READY} LIMIT 1",
        f"SELECT max(priority) FROM executions WHERE {READY}",
        f"SELECT min(next_attempt_at) FROM executions WHERE {WAITING}",
        f"SELECT number FROM executions WHERE {READY} AND priority = 0 AND agent_id = 'a' ORDER BY number LIMIT 3",
        f"SELECT count(*) FROM (SELECT 1 FROM executions WHERE {READY} AND priority > 0 LIMIT 3) AS counted",
    ],
)
def test_a_look_at_the_queue_reads_only_what_waits(storage: Storage, tmp_path, query: str):
    engine = reading(open_engine(tmp_path / "orchestra.db"))
    with engine.begin() as connection:
        plan = " ".join(row[3] for row in connection.execute(text("EXPLAIN QUERY PLAN " + query)))
    engine.dispose()
    assert "ix_executions_ready" in plan or "ix_executions_waiting" in plan, plan
