"""What a person can do with schedules."""

import dataclasses
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypedDict

from orchestra.bus import CHANGES, Bus
from orchestra.domain.agents import Agent
from orchestra.domain.events import ScheduleChanged
from orchestra.domain.executions import DeploymentEnvironment, Execution
from orchestra.domain.identity import Permission, Principal
from orchestra.domain.pages import Page
from orchestra.domain.schedules import MissedPolicy, Overlap, Schedule, Tick, TickOutcome, Timing
from orchestra.domain.ticks import faults_of_timing, next_tick, next_ticks, unsettled
from orchestra.errors import Fault, Invalid, NotFound
from orchestra.services.agent_fields import faults_of_fields
from orchestra.services.configuration import faults_of
from orchestra.services.executions import ExecutionService
from orchestra.services.frameworks import FrameworkService
from orchestra.services.starting import StartRequest, accept, check_request
from orchestra_storage.unit import Storage, Unit


@dataclass(frozen=True, slots=True)
class ScheduleDraft:
    """A schedule as somebody wants it."""

    agent_id: str
    name: str
    timing: Timing
    overlap: Overlap = Overlap.SKIP
    missed: MissedPolicy = MissedPolicy.RUN_ONCE
    missed_limit: int = 10
    input: Mapping[str, Any] = field(default_factory=dict[str, Any])
    configuration: Mapping[str, Any] = field(default_factory=dict[str, Any])
    environment: DeploymentEnvironment = DeploymentEnvironment.DEVELOPMENT
    is_paused: bool = False
    priority: int = 0


class ScheduleChanges(TypedDict, total=False):
    """The fields of a schedule to be changed; a timing replaces the whole one before it."""

    name: str
    timing: Timing
    overlap: Overlap
    missed: MissedPolicy
    missed_limit: int
    input: Mapping[str, Any]
    configuration: Mapping[str, Any]
    environment: DeploymentEnvironment
    is_paused: bool
    priority: int


class ScheduleService:
    def __init__(self, storage: Storage, bus: Bus, frameworks: FrameworkService, executions: ExecutionService) -> None:
        self._storage = storage
        self._bus = bus
        self._frameworks = frameworks
        self._executions = executions

    def list(
        self, principal: Principal, *, agent_id: str | None = None, page: int = 1, limit: int = 20
    ) -> Page[Schedule]:
        """A page of the schedules that the person sees, the newest first."""
        principal.require(Permission.READ)
        with self._storage.read() as unit:
            return unit.schedules.page(principal.visible_owner, agent_id=agent_id, page=page, limit=limit)

    def get(self, principal: Principal, schedule_id: str) -> Schedule:
        principal.require(Permission.READ)
        with self._storage.read() as unit:
            return _find(unit, principal, schedule_id)

    def create(self, principal: Principal, draft: ScheduleDraft) -> Schedule:
        """Make a schedule for an agent, whose owner's it is; Invalid with a pointer for each fault."""
        principal.require(Permission.WRITE)
        now = datetime.now(UTC)
        timing = _anchored(draft.timing, now)
        with self._storage.write() as unit:
            agent = unit.agents.get_visible(principal.visible_owner, draft.agent_id)
            if agent is None:
                raise NotFound("agent", draft.agent_id)
            schedule = Schedule(
                id=uuid.uuid4().hex,
                owner_id=agent.owner_id,
                agent_id=agent.id,
                agent_name=agent.name,
                name=draft.name,
                timing=timing,
                created_at=now,
                updated_at=now,
                overlap=draft.overlap,
                missed=draft.missed,
                missed_limit=draft.missed_limit,
                input=dict(draft.input),
                configuration=dict(draft.configuration),
                environment=draft.environment,
                is_paused=draft.is_paused,
                priority=draft.priority,
            )
            _refuse([*faults_of_timing(timing, now), *self._faults_of(agent, schedule)])
            schedule = _rescheduled(schedule, now)
            unit.schedules.add(schedule)
        self._tell(schedule)
        return schedule

    def update(self, principal: Principal, schedule_id: str, changes: ScheduleChanges) -> Schedule:
        """Change the fields that are named; ticks that have not fired by now are given up, with a record."""
        principal.require(Permission.WRITE)
        now = datetime.now(UTC)
        with self._storage.write() as unit:
            schedule = _find(unit, principal, schedule_id)
            changed = dataclasses.replace(schedule, **changes, updated_at=now)
            faults: Sequence[Fault] = ()
            if "timing" in changes:
                changed = dataclasses.replace(changed, timing=_anchored(changed.timing, now))
                faults = faults_of_timing(changed.timing, now)
            agent = unit.agents.get(schedule.agent_id)
            _refuse([*faults, *(self._faults_of(agent, changed) if agent else ())])
            if changed.timing != schedule.timing or changed.is_paused != schedule.is_paused:
                _give_up(unit, schedule, now, "The schedule was paused." if changed.is_paused else "It was changed.")
                changed = _rescheduled(changed, now)
            unit.schedules.update(changed)
        self._tell(changed)
        return self.get(principal, schedule_id)

    def delete(self, principal: Principal, schedule_id: str) -> None:
        """Its executions stay, and one that is under way goes on."""
        principal.require(Permission.WRITE)
        with self._storage.write() as unit:
            schedule = _find(unit, principal, schedule_id)
            unit.schedules.remove(schedule_id)
        self._tell(schedule)

    def run_now(self, principal: Principal, schedule_id: str) -> Execution:
        """An execution such as the schedule starts, at once; no tick of it is used up."""
        principal.require(Permission.RUN)
        with self._storage.write() as unit:
            schedule = _find(unit, principal, schedule_id)
            agent = unit.agents.get(schedule.agent_id)
            if agent is None:
                raise NotFound("agent", schedule.agent_id)
            request = StartRequest(
                agent_id=agent.id,
                input=schedule.input or {},
                configuration=schedule.configuration or {},
                environment=schedule.environment,
                schedule_id=schedule.id,
                priority=schedule.priority,
            )
            execution = accept(unit, self._frameworks, agent, request)
        self._executions.started(execution)
        return execution

    def preview(self, principal: Principal, timing: Timing, count: int = 10) -> Sequence[datetime]:
        """The next ticks of a timing, in its own zone's time; Invalid with a pointer for each fault."""
        principal.require(Permission.READ)
        now = datetime.now(UTC)
        timing = _anchored(timing, now)
        _refuse(faults_of_timing(timing, now))
        return next_ticks(timing, now, count)

    def preview_of(self, principal: Principal, schedule_id: str, count: int = 10) -> Sequence[datetime]:
        """The next ticks of a schedule, as if it were not paused."""
        return next_ticks(self.get(principal, schedule_id).timing, datetime.now(UTC), count)

    def ticks(self, principal: Principal, schedule_id: str, *, page: int = 1, limit: int = 20) -> Page[Tick]:
        """What became of its ticks, the newest first."""
        self.get(principal, schedule_id)
        with self._storage.read() as unit:
            return unit.schedules.ticks(schedule_id, page=page, limit=limit)

    def _faults_of(self, agent: Agent, schedule: Schedule) -> Sequence[Fault]:
        check_request(StartRequest(agent.id, schedule.input or {}, schedule.configuration or {}))
        faults = faults_of_fields({"name": schedule.name})
        if schedule.configuration:
            merged = {**agent.configuration, **schedule.configuration}
            faults += faults_of(self._frameworks.get(agent.framework), merged)
        return faults

    def _tell(self, schedule: Schedule) -> None:
        self._bus.publish(CHANGES, ScheduleChanged(schedule.id, schedule.owner_id))


def _find(unit: Unit, principal: Principal, schedule_id: str) -> Schedule:
    schedule = unit.schedules.get_visible(principal.visible_owner, schedule_id)
    if schedule is None:
        raise NotFound("schedule", schedule_id)
    return schedule


def _anchored(timing: Timing, now: datetime) -> Timing:
    """An interval is counted from some moment: from now, if no other is named."""
    if timing.interval_seconds is None or timing.starts_at is not None:
        return timing
    return dataclasses.replace(timing, starts_at=now)


def _rescheduled(schedule: Schedule, now: datetime) -> Schedule:
    """The schedule with its next tick from now on; none while it is paused."""
    following = None if schedule.is_paused else next_tick(schedule.timing, now)
    return dataclasses.replace(schedule, next_due_at=following)


def _give_up(unit: Unit, schedule: Schedule, now: datetime, reason: str) -> None:
    """Record what has come by now and was not started; what waits in its queue stays there."""
    for due_at in unsettled(schedule, now):
        if not unit.schedules.is_settled(schedule.id, due_at):
            unit.schedules.record(schedule.id, Tick(due_at, TickOutcome.SKIPPED, now, reason=reason))


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        where = f"{faults[0].pointer}: " if faults[0].pointer else ""
        raise Invalid(f"The schedule cannot be kept like this: {where}{faults[0].message}", faults)
