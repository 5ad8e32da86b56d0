"""What the dashboard tells: periods, their buckets, and how one period compares to the one before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from orchestra.domain.executions import Execution, ExecutionStatus


class Timeframe(StrEnum):
    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "90d"


_BUCKETS = {Timeframe.DAY: 24, Timeframe.WEEK: 7, Timeframe.MONTH: 30, Timeframe.QUARTER: 90}


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` to `end`; `buckets` are the beginnings of its hours or days, in UTC, the last of them unfinished."""

    start: datetime
    end: datetime
    unit: str
    buckets: Sequence[datetime]

    @property
    def before(self) -> datetime:
        """When the preceding period of the same length began."""
        return self.start - (self.end - self.start)


def period_of(timeframe: Timeframe, now: datetime) -> Period:
    """The period that ends now: 24 hours, or so many days, counting the one that has begun."""
    hourly = timeframe is Timeframe.DAY
    latest = now.replace(minute=0, second=0, microsecond=0)
    if not hourly:
        latest = latest.replace(hour=0)
    step = timedelta(hours=1) if hourly else timedelta(days=1)
    buckets = [latest - step * back for back in reversed(range(_BUCKETS[timeframe]))]
    return Period(buckets[0], now, "hour" if hourly else "day", buckets)


@dataclass(frozen=True, slots=True)
class Performance:
    """Of executions that ended; durations in milliseconds, None if none has run. Cancelled ones are no failures."""

    executions: int = 0
    completed: int = 0
    cancelled: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    tokens_used: int = 0
    cost: float | None = None

    @property
    def success_rate(self) -> float | None:
        """In percent of those that nobody cancelled; None if there is none."""
        counted = self.executions - self.cancelled
        return round(100 * self.completed / counted, 2) if counted else None


@dataclass(frozen=True, slots=True)
class Totals:
    """What a period adds up to."""

    executions: int = 0
    agents: int = 0
    frameworks: int = 0


@dataclass(frozen=True, slots=True)
class Statistics:
    """A period's numbers, and the totals of the one before."""

    now: Totals
    before: Totals
    trends: Mapping[datetime, Mapping[ExecutionStatus, int]]
    by_framework: Mapping[str, int]
    performance: Performance
    performance_by_framework: Mapping[str, Performance]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """All that the dashboard shows."""

    timeframe: Timeframe
    period: Period
    statistics: Statistics
    saved_configurations: int
    new_configurations: int
    recent: Sequence[Execution] = field(default_factory=tuple)


def change_in_percent(value: float, before: float) -> float:
    """How much more than before; 100 where there was nothing before, 0 where there still is nothing."""
    if before == 0:
        return 100.0 if value else 0.0
    return round(100 * (value - before) / before, 2)
