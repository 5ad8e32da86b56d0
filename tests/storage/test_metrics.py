"""Statistics over a real history."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from orchestra.domain.executions import Execution, ExecutionStatus
from orchestra.domain.metrics import Timeframe, change_in_percent, period_of
from orchestra_storage.history import History
from orchestra_storage.metrics import Metrics, Scope

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)


def ended(one: Execution, number: int, at: datetime, ms: int, **more: object) -> Execution:
    values = {
        "number": number,
        "created_at": at,
        "started_at": at,
        "completed_at": at + timedelta(milliseconds=ms),
        "status": ExecutionStatus.COMPLETED,
        **more,
    }
    return dataclasses.replace(one, **values)


def test_periods_are_compared_with_the_one_before(history: History, an_execution: Callable[..., Execution]) -> None:
    one = an_execution()
    period = period_of(Timeframe.WEEK, NOW)
    for number in range(1, 11):
        history.store([], [ended(one, number, NOW - timedelta(hours=number), 100 * number)]).result()
    for number in range(11, 16):
        history.store([], [ended(one, number, period.start - timedelta(hours=number), 100)]).result()
    statistics = Metrics(history).statistics(period, Scope(None, ()))
    assert (statistics.now.executions, statistics.before.executions) == (10, 5)
    assert statistics.performance.p50_ms == 550
    assert statistics.performance.success_rate == 100
    assert sum(sum(counts.values()) for counts in statistics.trends.values()) == 10
    assert statistics.trends[datetime(2026, 11, 24, tzinfo=UTC)][ExecutionStatus.COMPLETED] == 10
    assert statistics.by_framework == {one.framework: 10}


def test_what_is_in_both_stores_counts_once(history: History, an_execution: Callable[..., Execution]) -> None:
    one = ended(an_execution(), 1, NOW - timedelta(minutes=5), 100)
    history.store([], [one]).result()
    live = dataclasses.replace(one, status=ExecutionStatus.RUNNING, completed_at=None)
    statistics = Metrics(history).statistics(period_of(Timeframe.DAY, NOW), Scope(None, [live]))
    assert statistics.now.executions == 1
    assert statistics.performance.executions == 0


def test_only_the_agents_in_scope_count(history: History, an_execution: Callable[..., Execution]) -> None:
    one = an_execution()
    history.store([], [ended(one, 1, NOW - timedelta(minutes=5), 100)]).result()
    history.store([], [ended(one, 2, NOW - timedelta(minutes=5), 100, agent_id="other")]).result()
    period = period_of(Timeframe.DAY, NOW)
    assert Metrics(history).statistics(period, Scope([one.agent_id], ())).now.executions == 1
    assert Metrics(history).statistics(period, Scope([], ())).now.executions == 0


def test_a_change_from_nothing_is_a_hundred_percent() -> None:
    assert [change_in_percent(*pair) for pair in ((3, 0), (0, 0), (1, 2), (3, 2))] == [100, 0, -50, 50]
