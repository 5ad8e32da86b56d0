from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from orchestra.domain.agents import Agent, AgentStatistics, AgentStatus
from orchestra.domain.executions import Execution, ExecutionStatus, FailureClass, Outcome, ProcessIdentity
from orchestra.errors import NotFound
from orchestra_storage.unit import Storage

NewExecution = Callable[..., Execution]
DONE = Outcome(ExecutionStatus.COMPLETED, "It did what was asked.", {"answer": 42})


def _now_of(storage: Storage, execution: Execution) -> Execution:
    with storage.read() as unit:
        found = unit.executions.get(execution.id)
    assert found is not None
    return found


def _agent_of(storage: Storage, execution: Execution) -> Agent:
    with storage.read() as unit:
        agent = unit.agents.get(execution.agent_id)
    assert agent is not None
    return agent


def test_an_accepted_execution_is_pending_and_numbered(storage: Storage, an_execution: NewExecution):
    first, second = an_execution(), an_execution()
    assert (first.status, first.number, second.number) == (ExecutionStatus.PENDING, 1, 2)
    assert (first.agent_name, first.framework, first.input) == ("Agent 1", "miniagi", {"task": "say é"})
    assert _now_of(storage, first) == first


def test_accepting_counts_for_the_agent(storage: Storage, an_execution: NewExecution, now: datetime):
    statistics = _agent_of(storage, an_execution()).statistics
    assert statistics == AgentStatistics(total=1, last_executed_at=now)


def test_no_execution_is_accepted_for_a_missing_agent(an_execution: NewExecution):
    with pytest.raises(NotFound, match="agent 'gone'"):
        an_execution("gone")


def test_an_execution_is_found_by_number_and_by_owner(storage: Storage, an_execution: NewExecution):
    execution = an_execution()
    with storage.read() as unit:
        assert unit.executions.by_number(1) == execution
        assert unit.executions.by_number(2) is None
        assert unit.executions.get_visible("u1", execution.id) == execution
        assert unit.executions.get_visible("u2", execution.id) is None


def test_pages_are_newest_first_and_filtered(storage: Storage, an_agent: Callable[..., Agent], an_execution, now):
    agent = an_agent()
    for id in (agent.id, agent.id, None, agent.id):
        an_execution(id)
    with storage.write() as unit:
        unit.queue.claim(1, now)
        page = unit.executions.page("u1", agent_id=agent.id, status=ExecutionStatus.PENDING, page=1, limit=1)
        assert ([found.number for found in page.items], page.total, page.pages) == ([4], 2, 2)
        assert [found.number for found in unit.executions.page("u1", page=2, limit=3).items] == [1]
        assert unit.executions.page("u2", page=1, limit=3).total == 0
        assert [found.number for found in unit.executions.newest(agent.id, 2)] == [4, 2]


def test_claiming_takes_the_oldest_first(storage: Storage, an_execution: NewExecution, now: datetime):
    first, _, third = an_execution(), an_execution(), an_execution()
    with storage.write() as unit:
        claimed = unit.queue.claim(2, now)
        assert [(found.number, found.status, found.started_at) for found in claimed] == [
            (1, ExecutionStatus.RUNNING, now),
            (2, ExecutionStatus.RUNNING, now),
        ]
        assert [found.number for found in unit.queue.claim(2, now)] == [3]
        assert unit.queue.claim(2, now) == []
    assert _agent_of(storage, first).status is AgentStatus.RUNNING
    assert _now_of(storage, third).status is ExecutionStatus.RUNNING


def test_claiming_leaves_what_is_to_be_cancelled(storage: Storage, an_execution: NewExecution, now: datetime):
    first, second = an_execution(), an_execution()
    with storage.write() as unit:
        assert unit.executions.request_cancel(first.number, now) is True
        assert [found.number for found in unit.queue.claim(5, now)] == [second.number]
        assert [found.number for found in unit.executions.cancelled_before_start()] == [first.number]


def test_the_first_wish_to_cancel_counts(storage: Storage, an_execution: NewExecution, now: datetime):
    execution = an_execution()
    with storage.write() as unit:
        unit.executions.request_cancel(execution.number, now)
        unit.executions.request_cancel(execution.number, now + timedelta(hours=1))
    assert _now_of(storage, execution).cancel_requested_at == now


def test_what_has_ended_cannot_be_cancelled(storage: Storage, an_execution: NewExecution, now: datetime):
    execution = an_execution()
    with storage.write() as unit:
        unit.executions.finish(execution.number, DONE, now)
        assert unit.executions.request_cancel(execution.number, now) is False
    assert _now_of(storage, execution).cancel_requested_at is None


def test_what_runs_is_listed_with_its_process(storage: Storage, an_execution: NewExecution, now: datetime):
    for _ in range(2):
        an_execution()
    process = ProcessIdentity(4711, 1_700_000_000.25)
    with storage.write() as unit:
        unit.queue.claim(2, now)
        assert unit.executions.set_process(1, process) is True
        running = unit.executions.running()
    assert [(found.number, found.process) for found in running] == [(1, process), (2, None)]


def test_a_process_that_comes_too_late_is_not_noted(storage: Storage, an_execution: NewExecution, now: datetime):
    execution = an_execution()
    with storage.write() as unit:
        unit.executions.finish(execution.number, DONE, now)
        assert unit.executions.set_process(execution.number, ProcessIdentity(1, 2.0)) is False
    assert _now_of(storage, execution).process is None


def test_the_end_is_written_with_its_reason(storage: Storage, an_execution: NewExecution, now: datetime):
    execution = an_execution()
    outcome = Outcome(ExecutionStatus.FAILED, "Its model did not answer.", None, FailureClass.FRAMEWORK)
    with storage.write() as unit:
        unit.queue.claim(1, now)
        unit.executions.set_process(1, ProcessIdentity(1, 2.0))
        assert unit.executions.finish(1, outcome, now + timedelta(seconds=2)) is not None
        assert unit.executions.running() == []
    ended = _now_of(storage, execution)
    assert (ended.status, ended.reason, ended.failure) == (outcome.status, outcome.reason, outcome.failure)
    assert (ended.output, ended.duration_ms) == (None, 2000)
    assert _agent_of(storage, execution).status is AgentStatus.ERROR


def test_an_end_is_to_be_recorded_until_that_is_done(storage: Storage, an_execution: NewExecution, now: datetime):
    for _ in range(3):
        an_execution()
    with storage.write() as unit:
        unit.queue.claim(3, now)
        ended = [unit.executions.finish(number, DONE, now) for number in (2, 1)]
        assert unit.recording.due() == list(reversed(ended))
        unit.recording.done([1, 7])
        assert unit.recording.due() == ended[:1]


def test_an_execution_ends_only_once(storage: Storage, an_execution: NewExecution, now: datetime):
    execution = an_execution()
    with storage.write() as unit:
        unit.queue.claim(1, now)
        assert unit.executions.finish(1, DONE, now + timedelta(milliseconds=500)) is not None
        assert unit.executions.finish(1, Outcome(ExecutionStatus.TIMEOUT, "Too late."), now) is None
        assert unit.executions.finish(99, DONE, now) is None
    assert _now_of(storage, execution).output == {"answer": 42}
    agent = _agent_of(storage, execution)
    assert agent.statistics == AgentStatistics(1, 1, 500.0, now)
    assert agent.status is AgentStatus.IDLE


def test_an_end_before_the_start_has_no_duration(storage: Storage, an_execution: NewExecution, now: datetime):
    execution = an_execution()
    with storage.write() as unit:
        unit.executions.finish(1, Outcome(ExecutionStatus.CANCELLED, "You cancelled it."), now)
    agent = _agent_of(storage, execution)
    assert (agent.statistics.average_ms, agent.status) == (None, AgentStatus.IDLE)


def test_a_clock_set_back_gives_no_negative_duration(storage: Storage, an_execution: NewExecution, now: datetime):
    execution = an_execution()
    with storage.write() as unit:
        unit.queue.claim(1, now)
        unit.executions.finish(1, DONE, now - timedelta(hours=1))
    assert _agent_of(storage, execution).statistics.average_ms == 0


def test_running_is_no_end(storage: Storage, an_execution: NewExecution, now: datetime):
    an_execution()
    with pytest.raises(ValueError, match="no end"), storage.write() as unit:
        unit.executions.finish(1, Outcome(ExecutionStatus.RUNNING, "?"), now)


@pytest.mark.parametrize(
    ("calls", "tokens", "cost"),
    [
        ([], 0, None),
        ([(5, 0.5), (7, 0.25)], 12, 0.75),
        ([(5, 0.0)], 5, 0.0),
        ([(5, None), (7, 0.25)], 12, None),
        ([(5, 0.5), (7, None)], 12, None),
        ([(0, None), (7, 0.25), (0, None)], 7, 0.25),
    ],
)
def test_usage_adds_up_and_an_unknown_price_stays_unknown(storage: Storage, an_execution, calls, tokens, cost):
    execution = an_execution()
    with storage.write() as unit:
        for call in calls:
            unit.executions.add_usage(execution.number, *call)
    found = _now_of(storage, execution)
    assert (found.tokens_used, found.cost) == (tokens, cost)


def test_executions_are_counted_by_status(storage: Storage, an_execution: NewExecution, now: datetime):
    for _ in range(3):
        an_execution()
    with storage.write() as unit:
        unit.queue.claim(2, now)
        unit.executions.finish(1, DONE, now)
        counts = unit.executions.counts()
    assert {status.value: n for status, n in counts.items() if n} == {"PENDING": 1, "RUNNING": 1, "COMPLETED": 1}
    assert set(counts) == set(ExecutionStatus)
