"""Schedules and what became of their ticks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict

from orchestra.client.calls import Listing, Request, paged
from orchestra.client.executions import Confirmation, Environment, Priority, Started
from orchestra.client.fields import ABSENT, Absent, body_of, clearable, path_of
from orchestra.client.groups import D, Group, operation, series

Overlap = Literal["skip", "queue", "cancel_running"]
Missed = Literal["skip", "run_once", "run_all"]
TickOutcome = Literal["started", "queued", "skipped", "missed", "refused"]
Moment = str | datetime  # one without an offset is in the schedule's time zone


class ScheduledAgent(TypedDict):
    id: str
    name: str


class Tick(TypedDict):
    dueAt: str
    outcome: TickOutcome
    recordedAt: str
    executionId: NotRequired[str]
    reason: NotRequired[str]


class Schedule(TypedDict):
    """One of `cron`, `intervalSeconds` and `at` is there; times are ISO 8601."""

    id: str
    name: str
    agent: ScheduledAgent
    cron: NotRequired[str]
    intervalSeconds: NotRequired[float]
    at: NotRequired[str]
    timezone: str
    startsAt: NotRequired[str]
    endsAt: NotRequired[str]
    jitterSeconds: float
    reading: NotRequired[str]
    overlap: Overlap
    missed: Missed
    missedLimit: int
    input: dict[str, Any]
    configuration: dict[str, Any]
    environment: Environment
    priority: int
    isPaused: bool
    nextDueAt: NotRequired[str]
    lastTick: NotRequired[Tick]
    createdAt: str
    updatedAt: str


class Preview(TypedDict):
    ticks: list[str]
    reading: NotRequired[str]


class Schedules(Group[D]):
    @series
    def list(self, *, agent_id: str | None = None, limit: int | None = None) -> Listing[Schedule]:
        """Schedules; all of them, or the first `limit`."""
        return paged(path_of("schedules"), "schedules", limit, {"agentId": agent_id})

    @operation
    def create(
        self,
        agent_id: str,
        name: str,
        *,
        cron: str | None = None,
        interval_seconds: float | None = None,
        at: Moment | None = None,
        timezone: str | None = None,
        starts_at: Moment | None = None,
        ends_at: Moment | None = None,
        jitter_seconds: float | None = None,
        overlap: Overlap | None = None,
        missed: Missed | None = None,
        missed_limit: int | None = None,
        input: Mapping[str, Any] | None = None,
        configuration: Mapping[str, Any] | None = None,
        environment: Environment | None = None,
        priority: Priority | None = None,
        is_paused: bool | None = None,
    ) -> Request[Schedule]:
        """Make a schedule, by exactly one of `cron`, `interval_seconds` and `at`."""
        return Request("POST", path_of("schedules"), body=_given(locals()))

    @operation
    def get(self, schedule_id: str) -> Request[Schedule]:
        """The schedule, with its next and its latest tick."""
        return Request("GET", path_of("schedules", schedule_id))

    @operation
    def update(
        self,
        schedule_id: str,
        *,
        name: str | None = None,
        cron: str | None = None,
        interval_seconds: float | None = None,
        at: Moment | None = None,
        timezone: str | None = None,
        starts_at: Moment | Absent | None = ABSENT,
        ends_at: Moment | Absent | None = ABSENT,
        jitter_seconds: float | None = None,
        overlap: Overlap | None = None,
        missed: Missed | None = None,
        missed_limit: int | None = None,
        input: Mapping[str, Any] | None = None,
        configuration: Mapping[str, Any] | None = None,
        environment: Environment | None = None,
        priority: Priority | None = None,
        is_paused: bool | None = None,
    ) -> Request[Schedule]:
        """Change what is given; None takes away when it starts or ends."""
        body = _given(locals(), "schedule_id") | clearable(starts_at=starts_at, ends_at=ends_at)
        return Request("PUT", path_of("schedules", schedule_id), body=body)

    @operation
    def delete(self, schedule_id: str) -> Request[Confirmation]:
        """Delete it; executions that it has started stay."""
        return Request("DELETE", path_of("schedules", schedule_id))

    @operation
    def pause(self, schedule_id: str) -> Request[Schedule]:
        """Keep it from firing."""
        return Request("POST", path_of("schedules", schedule_id, "pause"))

    @operation
    def resume(self, schedule_id: str) -> Request[Schedule]:
        """Let it fire again, from now on."""
        return Request("POST", path_of("schedules", schedule_id, "resume"))

    @operation
    def run(self, schedule_id: str) -> Request[Started]:
        """Start its agent now; a lost answer is not asked for again, since that would start it twice."""
        return Request("POST", path_of("schedules", schedule_id, "run"))

    @operation
    def preview(self, schedule_id: str, *, count: int | None = None) -> Request[Preview]:
        """Its next ticks, ten of them or `count`."""
        return Request("GET", path_of("schedules", schedule_id, "preview"), {"count": count})

    @operation
    def preview_timing(
        self,
        *,
        cron: str | None = None,
        interval_seconds: float | None = None,
        at: Moment | None = None,
        timezone: str | None = None,
        starts_at: Moment | None = None,
        ends_at: Moment | None = None,
        jitter_seconds: float | None = None,
    ) -> Request[Preview]:
        """The next ten ticks of a timing that is not kept."""
        return Request("POST", path_of("schedules", "preview"), body=_given(locals()), is_deduplicated=True)

    @series
    def ticks(self, schedule_id: str, *, limit: int | None = None) -> Listing[Tick]:
        """What became of its ticks, the latest first."""
        return paged(path_of("schedules", schedule_id, "ticks"), "ticks", limit)


def _given(named: Mapping[str, Any], *but: str) -> dict[str, Any]:
    """The arguments of a method as a body."""
    return body_of(**{name: value for name, value in named.items() if name not in {"self", *but}})
