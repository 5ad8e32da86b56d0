"""The shapes of schedules and of their ticks."""

import dataclasses
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field

from orchestra.api.schemas import ABSENT, Name, PaginationOut, PriorityField, Shape
from orchestra.domain.executions import DeploymentEnvironment
from orchestra.domain.priorities import priority_of
from orchestra.domain.schedules import MissedPolicy, Overlap, Schedule, Tick, TickOutcome, Timing
from orchestra.domain.ticks import reading_of

ZoneName = Annotated[str, Field(max_length=100, description="An IANA time zone, such as Europe/Berlin.")]
Cron = Annotated[str, Field(max_length=200, description="Five fields, or a word such as @daily.")]
Interval = Annotated[float, Field(strict=False, allow_inf_nan=False)]
Moment = Annotated[datetime, Field(strict=False)]
MissedLimit = Annotated[int, Field(ge=1, le=100, description="How many ticks `run_all` makes up for, at most.")]
OverlapField = Annotated[Overlap, Field(strict=False)]
MissedField = Annotated[MissedPolicy, Field(strict=False)]
EnvironmentField = Annotated[DeploymentEnvironment, Field(strict=False)]
_TIMING = ("cron", "interval_seconds", "at", "timezone", "starts_at", "ends_at", "jitter_seconds")
_KINDS = ("cron", "interval_seconds", "at")


class TimingIn(Shape):
    """Exactly one of cron, intervalSeconds and at; a time without an offset is in the schedule's zone."""

    cron: Cron = ABSENT
    interval_seconds: Interval = ABSENT
    at: Moment = ABSENT
    timezone: ZoneName = "UTC"
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    jitter_seconds: Interval = 0.0

    def timing(self) -> Timing:
        return _localised(Timing(**{name: getattr(self, name) for name in _TIMING}))


class CreateScheduleIn(TimingIn):
    agent_id: str
    name: Name
    overlap: OverlapField = Overlap.SKIP
    missed: MissedField = MissedPolicy.RUN_ONCE
    missed_limit: MissedLimit = 10
    input: dict[str, Any] = ABSENT
    configuration: dict[str, Any] = ABSENT
    environment: EnvironmentField = DeploymentEnvironment.DEVELOPMENT
    is_paused: bool = False
    priority: PriorityField = 0


class UpdateScheduleIn(Shape):
    name: Name = ABSENT
    cron: Cron = ABSENT
    interval_seconds: Interval = ABSENT
    at: Moment = ABSENT
    timezone: ZoneName = ABSENT
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    jitter_seconds: Interval = ABSENT
    overlap: OverlapField = ABSENT
    missed: MissedField = ABSENT
    missed_limit: MissedLimit = ABSENT
    input: dict[str, Any] = ABSENT
    configuration: dict[str, Any] = ABSENT
    environment: EnvironmentField = ABSENT
    is_paused: bool = ABSENT
    priority: PriorityField = ABSENT

    def changes(self, now: Timing) -> dict[str, Any]:
        """The fields that are named, by the service's names; `now` is the timing as it is."""
        named = {name: getattr(self, name) for name in self.model_fields_set}
        if "priority" in named:
            named["priority"] = priority_of(self.priority)
        timing = {name: named.pop(name) for name in _TIMING if name in named}
        if not timing:
            return named
        if any(kind in timing for kind in _KINDS):
            timing = {**dict.fromkeys(_KINDS), **timing}
        return {**named, "timing": _localised(dataclasses.replace(now, **timing))}


class TickOut(Shape):
    due_at: datetime
    outcome: TickOutcome
    recorded_at: datetime
    execution_id: str = ABSENT
    reason: str = ABSENT

    @staticmethod
    def of_tick(tick: Tick) -> "TickOut":
        return TickOut.of(
            due_at=tick.due_at,
            outcome=tick.outcome,
            recorded_at=tick.recorded_at,
            execution_id=tick.execution_id,
            reason=tick.reason,
        )


class TicksOut(Shape):
    ticks: list[TickOut]
    pagination: PaginationOut


class ScheduledAgentOut(Shape):
    id: str
    name: str


class ScheduleOut(Shape):
    id: str
    name: str
    agent: ScheduledAgentOut
    cron: str = ABSENT
    interval_seconds: float = ABSENT
    at: datetime = ABSENT
    timezone: str
    starts_at: datetime = ABSENT
    ends_at: datetime = ABSENT
    jitter_seconds: float
    reading: Annotated[str, Field(description="The cron expression in words.")] = ABSENT
    overlap: Overlap
    missed: MissedPolicy
    missed_limit: int
    input: dict[str, Any]
    configuration: dict[str, Any]
    environment: DeploymentEnvironment
    is_paused: bool
    priority: int
    next_due_at: datetime = ABSENT
    last_tick: TickOut = ABSENT
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def of_schedule(one: Schedule) -> "ScheduleOut":
        return ScheduleOut.of(
            id=one.id,
            name=one.name,
            agent=ScheduledAgentOut(id=one.agent_id, name=one.agent_name),
            **{name: getattr(one.timing, name) for name in _TIMING},
            reading=reading_of(one.timing),
            overlap=one.overlap,
            missed=one.missed,
            missed_limit=one.missed_limit,
            input=dict(one.input or {}),
            configuration=dict(one.configuration or {}),
            environment=one.environment,
            is_paused=one.is_paused,
            priority=one.priority,
            next_due_at=one.next_due_at,
            last_tick=TickOut.of_tick(one.last_tick) if one.last_tick else None,
            created_at=one.created_at,
            updated_at=one.updated_at,
        )


class SchedulesOut(Shape):
    schedules: list[ScheduleOut]
    pagination: PaginationOut


class PreviewOut(Shape):
    """The next ticks, in the schedule's own time; jitter would delay each a little."""

    ticks: list[datetime]
    reading: str = ABSENT

    @staticmethod
    def of_ticks(ticks: list[datetime], timing: Timing) -> "PreviewOut":
        zone = ZoneInfo(timing.timezone)
        return PreviewOut.of(ticks=[tick.astimezone(zone) for tick in ticks], reading=reading_of(timing))


def _localised(timing: Timing) -> Timing:
    """A time without an offset is a time in the schedule's zone (a zone that is none is found later)."""
    times = {name: value for name in ("at", "starts_at", "ends_at") if (value := getattr(timing, name)) is not None}
    naive = {name: value for name, value in times.items() if value.tzinfo is None}
    if not naive:
        return timing
    try:
        zone = ZoneInfo(timing.timezone)
    except (KeyError, ValueError, OSError):
        zone = ZoneInfo("UTC")
    return dataclasses.replace(timing, **{name: value.replace(tzinfo=zone) for name, value in naive.items()})
