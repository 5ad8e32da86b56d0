"""The shapes of the dashboard."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from orchestra.api.schemas import ABSENT, ExecutionOut, Shape
from orchestra.domain.executions import ExecutionStatus
from orchestra.domain.metrics import Dashboard, Performance, Timeframe, change_in_percent


class Trend(StrEnum):
    UP = "up"
    DOWN = "down"


class CardOut(Shape):
    """`change` is in percent of the preceding period of the same length."""

    value: int
    change: float
    trend: Trend

    @staticmethod
    def of_values(value: int, before: int) -> "CardOut":
        change = change_in_percent(value, before)
        return CardOut(value=value, change=change, trend=Trend.DOWN if change < 0 else Trend.UP)


class CountCardOut(Shape):
    """`change` is how many more than in the preceding period, or at its end."""

    value: int
    change: int


class OverviewOut(Shape):
    active_agents: Annotated[CardOut, Field(description="Agents that had an execution in the period.")]
    frameworks: Annotated[CountCardOut, Field(description="Frameworks that had an execution in the period.")]
    executions: CardOut
    saved_configs: Annotated[CountCardOut, Field(description="All that are saved; the change is those of the period.")]


class TrendOut(Shape):
    bucket: Annotated[datetime, Field(description="The beginning of the hour or day, in UTC.")]
    total: int
    pending: int
    running: int
    completed: int
    failed: int
    cancelled: int
    timeout: int


class ShareOut(Shape):
    framework: str
    executions: int
    percentage: float


class PerformanceOut(Shape):
    """Durations in milliseconds; the success rate in percent of what nobody cancelled. Absent where nothing ended."""

    executions: int
    p50_duration: float = ABSENT
    p95_duration: float = ABSENT
    p99_duration: float = ABSENT
    success_rate: float = ABSENT
    tokens_used: int
    cost: float = ABSENT

    @classmethod
    def of_performance(cls, one: Performance, **more: object) -> "PerformanceOut":
        return cls.of(
            executions=one.executions,
            p50_duration=one.p50_ms,
            p95_duration=one.p95_ms,
            p99_duration=one.p99_ms,
            success_rate=one.success_rate,
            tokens_used=one.tokens_used,
            cost=one.cost,
            **more,
        )


class FrameworkPerformanceOut(PerformanceOut):
    framework: str


class TotalPerformanceOut(PerformanceOut):
    by_framework: list[FrameworkPerformanceOut]


class ChartsOut(Shape):
    execution_trends: list[TrendOut]
    framework_distribution: list[ShareOut]
    performance: TotalPerformanceOut


class DashboardOut(Shape):
    timeframe: Timeframe
    start: datetime
    end: datetime
    overview: OverviewOut
    charts: ChartsOut
    recent_activity: list[ExecutionOut]

    @staticmethod
    def of_dashboard(one: Dashboard) -> "DashboardOut":
        return DashboardOut(
            timeframe=one.timeframe,
            start=one.period.start,
            end=one.period.end,
            overview=_overview(one),
            charts=ChartsOut(
                execution_trends=_trends(one),
                framework_distribution=_shares(one),
                performance=_performance(one),
            ),
            recent_activity=[ExecutionOut.of_execution(execution) for execution in one.recent],
        )


def _overview(one: Dashboard) -> OverviewOut:
    now, before = one.statistics.now, one.statistics.before
    return OverviewOut(
        active_agents=CardOut.of_values(now.agents, before.agents),
        frameworks=CountCardOut(value=now.frameworks, change=now.frameworks - before.frameworks),
        executions=CardOut.of_values(now.executions, before.executions),
        saved_configs=CountCardOut(value=one.saved_configurations, change=one.new_configurations),
    )


def _trends(one: Dashboard) -> list[TrendOut]:
    return [
        TrendOut(
            bucket=bucket,
            total=sum(counts.values()),
            **{status.value.lower(): counts.get(status, 0) for status in ExecutionStatus},
        )
        for bucket, counts in one.statistics.trends.items()
    ]


def _shares(one: Dashboard) -> list[ShareOut]:
    counts = sorted(one.statistics.by_framework.items(), key=lambda pair: (-pair[1], pair[0]))
    total = sum(count for _, count in counts)
    return [ShareOut(framework=name, executions=n, percentage=round(100 * n / total, 2)) for name, n in counts]


def _performance(one: Dashboard) -> TotalPerformanceOut:
    each = [
        FrameworkPerformanceOut.of_performance(performance, framework=framework)
        for framework, performance in sorted(one.statistics.performance_by_framework.items())
    ]
    total = TotalPerformanceOut.of_performance(one.statistics.performance, by_framework=each)
    assert isinstance(total, TotalPerformanceOut)
    return total
