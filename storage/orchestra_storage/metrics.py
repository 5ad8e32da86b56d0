"""Adds up the history for the dashboard, together with what is still under way."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orchestra.domain.executions import Execution, ExecutionStatus
from orchestra.domain.metrics import Performance, Period, Statistics, Totals
from orchestra_storage.history import History

_PERFORMANCE = """
    SELECT framework, count(*), count(*) FILTER (status = 'COMPLETED'), count(*) FILTER (status = 'CANCELLED'),
        quantile_cont(duration_ms, 0.5), quantile_cont(duration_ms, 0.95), quantile_cont(duration_ms, 0.99),
        coalesce(sum(tokens_used), 0), round(sum(known_cost) FILTER (cost IS NOT NULL OR known_cost > 0), 9)
    FROM executions WHERE {} GROUP BY GROUPING SETS ((framework), ())
"""
_TOTALS = "SELECT count(*), count(DISTINCT agent_id), count(DISTINCT framework) FROM executions WHERE {}"
_TREND = "SELECT date_trunc(?, created_at), status, count(*) FROM executions WHERE {} GROUP BY ALL"
_SEEN = "SELECT DISTINCT agent_id, framework FROM executions WHERE {}"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose executions count: of these agents only, or of all for None; what is under way is given beside."""

    agent_ids: Sequence[str] | None
    live: Sequence[Execution]


class Metrics:
    def __init__(self, history: History) -> None:
        self._history = history

    def statistics(self, period: Period, scope: Scope) -> Statistics:
        """Executions count by when they were accepted; one that is in both stores counts as still under way."""
        now, before = _condition(period.start, period.end, scope), _condition(period.before, period.start, scope)
        with self._history.reading() as cursor:

            def rows(query: str, condition: tuple[str, list[Any]], *first: Any) -> list[tuple[Any, ...]]:
                return cursor.execute(query.format(condition[0]), [*first, *condition[1]]).fetchall()

            trend = rows(_TREND, now, period.unit)
            performance = rows(_PERFORMANCE, now)
            seen = rows(_SEEN, now)
            earlier = Totals(*rows(_TOTALS, before)[0])
        live = [one for one in scope.live if period.start <= one.created_at <= period.end]
        frameworks = Counter({row[0]: row[1] for row in performance if row[0] is not None})
        frameworks.update(one.framework for one in live)
        return Statistics(
            now=_totals(seen, live, frameworks.total()),
            before=earlier,
            trends=_trends(period, trend, live),
            by_framework=frameworks,
            performance=next((Performance(*row[1:]) for row in performance if row[0] is None), Performance()),
            performance_by_framework={row[0]: Performance(*row[1:]) for row in performance if row[0] is not None},
        )


def _condition(start: datetime, end: datetime, scope: Scope) -> tuple[str, list[Any]]:
    text = "created_at >= ? AND created_at < ?"
    values: list[Any] = [_naive(start), _naive(end)]
    if scope.live:
        text += " AND number NOT IN (SELECT unnest(?::BIGINT[]))"
        values.append([one.number for one in scope.live])
    if scope.agent_ids is not None:
        text += " AND agent_id IN (SELECT unnest(?::VARCHAR[]))"
        values.append(list(scope.agent_ids))
    return text, values


def _totals(seen: Sequence[tuple[Any, ...]], live: Sequence[Execution], executions: int) -> Totals:
    pairs = {*((row[0], row[1]) for row in seen), *((one.agent_id, one.framework) for one in live)}
    return Totals(executions, len({agent for agent, _ in pairs}), len({framework for _, framework in pairs}))


def _trends(
    period: Period, rows: Sequence[tuple[Any, ...]], live: Sequence[Execution]
) -> Mapping[datetime, Mapping[ExecutionStatus, int]]:
    trends = {bucket: Counter[ExecutionStatus]() for bucket in period.buckets}
    for began, status, count in [*_utc(rows), *((one.created_at, one.status, 1) for one in live)]:
        bucket = max((one for one in period.buckets if one <= began), default=None)
        if bucket is not None:
            trends[bucket][ExecutionStatus(status)] += count
    return trends


def _utc(rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[datetime, str, int]]:
    for began, status, count in rows:
        yield began.replace(tzinfo=UTC), status, count


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)
