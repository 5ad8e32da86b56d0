"""The dashboard: its numbers, once or as they change."""

from dataclasses import dataclass
from typing import Any, Literal, NotRequired, TypedDict

from orchestra.client.calls import Request
from orchestra.client.events import Flow, data_of
from orchestra.client.executions import Execution
from orchestra.client.fields import path_of
from orchestra.client.groups import D, Group, operation, series
from orchestra.client.steps import ServerEvent

Timeframe = Literal["24h", "7d", "30d", "90d"]


class Card(TypedDict):
    """`change` is in percent of the period before."""

    value: int
    change: float
    trend: Literal["up", "down"]


class CountCard(TypedDict):
    value: int
    change: int


class Overview(TypedDict):
    activeAgents: Card
    frameworks: CountCard
    executions: Card
    savedConfigs: CountCard


class Trend(TypedDict):
    bucket: str
    total: int
    pending: int
    running: int
    completed: int
    failed: int
    cancelled: int
    timeout: int


class Share(TypedDict):
    framework: str
    executions: int
    percentage: float


class Performance(TypedDict):
    """Durations in milliseconds, the success rate in percent; absent where nothing ended."""

    executions: int
    p50Duration: NotRequired[float]
    p95Duration: NotRequired[float]
    p99Duration: NotRequired[float]
    successRate: NotRequired[float]
    tokensUsed: int
    cost: NotRequired[float]


class FrameworkPerformance(Performance):
    framework: str


class TotalPerformance(Performance):
    byFramework: list[FrameworkPerformance]


class Charts(TypedDict):
    executionTrends: list[Trend]
    frameworkDistribution: list[Share]
    performance: TotalPerformance


class Metrics(TypedDict):
    timeframe: Timeframe
    start: str
    end: str
    overview: Overview
    charts: Charts
    recentActivity: list[Execution]


@dataclass(frozen=True, slots=True)
class DashboardEvent:
    """`snapshot` with all Metrics as its data, or what changed: `execution`, `agent`, `schedule` or `webhook`."""

    kind: str
    data: dict[str, Any]


class Dashboard(Group[D]):
    @operation
    def metrics(self, timeframe: Timeframe | None = None) -> Request[Metrics]:
        """The numbers of a period, of thirty days if none is named."""
        return Request("GET", path_of("dashboard", "metrics"), {"timeframe": timeframe})

    @series
    def follow(self, timeframe: Timeframe | None = None) -> Flow[DashboardEvent]:
        """A snapshot, each change, and another snapshot soon after; it does not end."""
        request: Request[Any] = Request("GET", path_of("dashboard", "real-time"), {"timeframe": timeframe})
        return Flow(request, _event, lambda _: False, parting="Follow it anew.")


def _event(got: ServerEvent) -> DashboardEvent:
    return DashboardEvent(got.kind, data_of(got))
