"""Settles due ticks: each gives exactly one execution, or a visible reason why not."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from orchestra.bus import CHANGES, Bus
from orchestra.domain.agents import Agent
from orchestra.domain.events import ScheduleChanged
from orchestra.domain.executions import Execution, Trigger
from orchestra.domain.schedules import Overlap, Schedule, Tick, TickOutcome
from orchestra.domain.ticks import Plan, fires_at, plan_of
from orchestra.domain.webhooks import Announcement
from orchestra.errors import OrchestraError
from orchestra.services.executions import ExecutionService
from orchestra.services.frameworks import FrameworkService
from orchestra.services.starting import StartRequest, accept
from orchestra_storage.haste import refuse_haste
from orchestra_storage.unit import Storage, Unit

log = logging.getLogger(__name__)

_QUEUED_AT_MOST = 100
_TICKS_KEPT = timedelta(days=400)


@dataclass(slots=True)
class _Done:
    """What a transaction has done, to be told once it is through."""

    changed: Schedule | None = None
    started: list[Execution] = field(default_factory=list[Execution])
    cancelled: list[Execution] = field(default_factory=list[Execution])


class TickService:
    """One transaction for each schedule: whoever comes second, another server too, finds its ticks settled."""

    def __init__(self, storage: Storage, bus: Bus, frameworks: FrameworkService, executions: ExecutionService) -> None:
        self._storage = storage
        self._bus = bus
        self._frameworks = frameworks
        self._executions = executions

    def settle(self, now: datetime) -> datetime | None:
        """Settle all that is due; when the next tick fires. In haste only if there is nothing to settle."""
        with self._storage.read() as unit:
            due, queued = unit.schedules.due(now), unit.schedules.with_queued_ticks()
            if not due and not queued:
                return unit.schedules.next_due_after(now)
        refuse_haste()
        for schedule_id in due:
            self._transact(lambda unit, done, one=schedule_id: self._settle_one(unit, done, one, now))
        for schedule_id in queued:
            self._transact(lambda unit, done, one=schedule_id: self._start_queued(unit, done, one, now))
        with self._storage.read() as unit:
            waiting = [unit.schedules.get(one) for one in unit.schedules.due(now)]  # those with jitter still to wait
            fires = [
                fires_at(one.id, one.timing, one.next_due_at)
                for one in waiting
                if one is not None and one.next_due_at is not None
            ]
            following = unit.schedules.next_due_after(now)
        return min([*fires, *([following] if following else [])], default=None)

    def _transact(self, work: Callable[[Unit, _Done], None]) -> None:
        done = _Done()
        try:
            with self._storage.write() as unit:
                work(unit, done)
        except Exception:
            log.exception("The ticks of a schedule could not be settled; it is tried again")
            return
        self._executions.cancel_all(done.cancelled)
        for execution in done.started:
            self._executions.started(execution)
        if done.changed is not None:
            self._bus.publish(CHANGES, ScheduleChanged(done.changed.id, done.changed.owner_id))

    def _settle_one(self, unit: Unit, done: _Done, schedule_id: str, now: datetime) -> None:
        schedule = unit.schedules.get(schedule_id)
        if schedule is None:
            return
        plan = plan_of(schedule, now)
        if plan.next_due_at == schedule.next_due_at:
            return
        done.changed = schedule
        for due_at in plan.missed:
            self._record(unit, schedule, Tick(due_at, TickOutcome.MISSED, now, reason=_missed_reason(plan, due_at)))
        if plan.missed:
            _announce_missed(unit, schedule, plan.missed, plan.missed_before, now)
        for due_at in plan.start:
            if not unit.schedules.is_settled(schedule.id, due_at):
                unit.schedules.record(schedule.id, self._start(unit, done, schedule, due_at, now))
        unit.schedules.wait_for(schedule.id, plan.next_due_at)
        unit.schedules.forget_ticks(now - _TICKS_KEPT)

    def _start_queued(self, unit: Unit, done: _Done, schedule_id: str, now: datetime) -> None:
        schedule = unit.schedules.get(schedule_id)
        if schedule is None or unit.executions.live_of_schedule(schedule_id):
            return
        for tick in unit.schedules.queued(schedule_id):
            settled = self._accept(unit, done, schedule, tick.due_at, now)
            unit.schedules.settle_queued(schedule_id, settled)
            done.changed = schedule
            if settled.outcome is TickOutcome.STARTED:
                return

    def _start(self, unit: Unit, done: _Done, schedule: Schedule, due_at: datetime, now: datetime) -> Tick:
        live = unit.executions.live_of_schedule(schedule.id)
        if live and schedule.overlap is Overlap.SKIP:
            reason = f"The execution {live[0].id} of this schedule was still under way."
            return Tick(due_at, TickOutcome.SKIPPED, now, reason=reason)
        if schedule.overlap is Overlap.QUEUE and (live or unit.schedules.queued(schedule.id)):
            if len(unit.schedules.queued(schedule.id)) >= _QUEUED_AT_MOST:
                return Tick(due_at, TickOutcome.SKIPPED, now, reason=f"{_QUEUED_AT_MOST} ticks were waiting already.")
            return Tick(due_at, TickOutcome.QUEUED, now, reason="It waits for the execution before it to end.")
        done.cancelled += live
        return self._accept(unit, done, schedule, due_at, now)

    def _accept(self, unit: Unit, done: _Done, schedule: Schedule, due_at: datetime, now: datetime) -> Tick:
        agent, owner = unit.agents.get(schedule.agent_id), unit.users.get(schedule.owner_id)
        if agent is None or owner is None or not owner.is_active:
            return Tick(due_at, TickOutcome.REFUSED, now, reason="Its agent or its owner is not there any more.")
        if agent.hold is not None or not agent.is_active:
            return Tick(due_at, TickOutcome.SKIPPED, now, reason=_hold_reason(agent))
        request = StartRequest(
            agent_id=agent.id,
            input=schedule.input or {},
            configuration=schedule.configuration or {},
            environment=schedule.environment,
            trigger=Trigger.SCHEDULED,
            priority=schedule.priority,
            schedule_id=schedule.id,
        )
        try:
            execution = accept(unit, self._frameworks, agent, request)
        except OrchestraError as error:
            return Tick(due_at, TickOutcome.REFUSED, now, reason=error.message)
        done.started.append(execution)
        return Tick(due_at, TickOutcome.STARTED, now, execution.id)

    def _record(self, unit: Unit, schedule: Schedule, tick: Tick) -> None:
        if not unit.schedules.is_settled(schedule.id, tick.due_at):
            unit.schedules.record(schedule.id, tick)


def _missed_reason(plan: Plan, due_at: datetime) -> str:
    reason = "No server was there to start it."
    if plan.missed_before and due_at == plan.missed[0]:
        return f"{reason} At least {plan.missed_before:,} earlier ticks were missed as well."
    return reason


def _announce_missed(
    unit: Unit, schedule: Schedule, missed: Sequence[datetime], missed_before: int, now: datetime
) -> None:
    data = {
        "schedule": {"id": schedule.id, "name": schedule.name, "agentId": schedule.agent_id},
        "missed": len(missed) + missed_before,
        "firstDueAt": missed[0].isoformat(),
        "lastDueAt": missed[-1].isoformat(),
    }
    unit.outbox.announce(Announcement("schedule.missed", schedule.owner_id, data, now))


def _hold_reason(agent: Agent) -> str:
    state = agent.hold.lower() if agent.hold is not None else "switched off"
    return f"'{agent.name}' is {state}."
