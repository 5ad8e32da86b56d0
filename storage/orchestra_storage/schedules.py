"""Stores schedules, and what became of their ticks."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, func, select

from orchestra.domain.executions import DeploymentEnvironment
from orchestra.domain.pages import Page
from orchestra.domain.schedules import MissedPolicy, Overlap, Schedule, Tick, TickOutcome, Timing
from orchestra_storage.schema import UtcDateTime, agents, schedules, ticks

_TIMES = ("at", "starts_at", "ends_at")

# Built once: they are asked whenever an execution ends.
_NOW = bindparam("b_now", type_=UtcDateTime())
_DUE = (
    select(schedules.c.id)
    .where(schedules.c.next_due_at <= _NOW, schedules.c.is_paused.is_(False))
    .order_by(schedules.c.next_due_at)
)
_NEXT_DUE = select(func.min(schedules.c.next_due_at)).where(
    schedules.c.next_due_at > _NOW, schedules.c.is_paused.is_(False)
)
_WITH_QUEUED_TICKS = select(ticks.c.schedule_id).where(ticks.c.outcome == TickOutcome.QUEUED).distinct()


class Schedules:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, new: Schedule) -> None:
        values = _values_of(new)
        values |= {"id": new.id, "owner_id": new.owner_id, "agent_id": new.agent_id, "created_at": new.created_at}
        self._connection.execute(schedules.insert(), values)

    def get(self, id: str) -> Schedule | None:
        row = self._connection.execute(_joined().where(schedules.c.id == id)).one_or_none()
        return self._schedule_of(row) if row else None

    def get_visible(self, owner_id: str | None, id: str) -> Schedule | None:
        """The schedule, if it is that person's; anybody's for None."""
        schedule = self.get(id)
        return schedule if schedule is not None and owner_id in {None, schedule.owner_id} else None

    def page(self, owner_id: str | None, *, agent_id: str | None = None, page: int, limit: int) -> Page[Schedule]:
        """That person's schedules, or everybody's for None, newest first."""
        wanted: list[ColumnElement[bool]] = []
        if owner_id is not None:
            wanted.append(schedules.c.owner_id == owner_id)
        if agent_id is not None:
            wanted.append(schedules.c.agent_id == agent_id)
        total = self._connection.execute(select(func.count()).select_from(schedules).where(*wanted)).scalar_one()
        newest = _joined().where(*wanted).order_by(schedules.c.created_at.desc(), schedules.c.id.desc())
        rows = self._connection.execute(newest.limit(limit).offset((page - 1) * limit)).all()
        return Page([self._schedule_of(row) for row in rows], page, limit, total)

    def update(self, changed: Schedule) -> None:
        """Writes down a schedule as it is now."""
        self._connection.execute(schedules.update().where(schedules.c.id == changed.id).values(_values_of(changed)))

    def remove(self, id: str) -> None:
        self._connection.execute(schedules.delete().where(schedules.c.id == id))

    def due(self, now: datetime) -> Sequence[str]:
        """The ids of the schedules with a tick that has come, the longest waiting first."""
        return [row.id for row in self._connection.execute(_DUE, {"b_now": now})]

    def with_queued_ticks(self) -> Sequence[str]:
        """The ids of the schedules with ticks that wait for an execution to end."""
        return [row.schedule_id for row in self._connection.execute(_WITH_QUEUED_TICKS)]

    def next_due_after(self, now: datetime) -> datetime | None:
        """When the next tick of all schedules comes."""
        return self._connection.execute(_NEXT_DUE, {"b_now": now}).scalar_one()

    def wait_for(self, id: str, next_due_at: datetime | None) -> None:
        """Every earlier tick is settled."""
        self._connection.execute(schedules.update().where(schedules.c.id == id).values(next_due_at=next_due_at))

    def is_settled(self, id: str, due_at: datetime) -> bool:
        query = select(ticks.c.due_at).where(ticks.c.schedule_id == id, ticks.c.due_at == due_at)
        return self._connection.execute(query).first() is not None

    def record(self, id: str, tick: Tick) -> None:
        """Settle a tick; Conflict if it was settled before."""
        self._connection.execute(ticks.insert(), {"schedule_id": id, "due_at": tick.due_at, **_outcome_of(tick)})

    def settle_queued(self, id: str, tick: Tick) -> None:
        """A tick that was queued gets its final outcome."""
        mine = (ticks.c.schedule_id == id) & (ticks.c.due_at == tick.due_at)
        self._connection.execute(ticks.update().where(mine).values(_outcome_of(tick)))

    def queued(self, id: str) -> Sequence[Tick]:
        """The ticks that wait, the oldest first."""
        mine = (ticks.c.schedule_id == id) & (ticks.c.outcome == TickOutcome.QUEUED)
        return [_tick_of(row) for row in self._connection.execute(select(ticks).where(mine).order_by(ticks.c.due_at))]

    def ticks(self, id: str, *, page: int, limit: int) -> Page[Tick]:
        """The settled ticks, the newest first."""
        mine = ticks.c.schedule_id == id
        total = self._connection.execute(select(func.count()).select_from(ticks).where(mine)).scalar_one()
        newest = select(ticks).where(mine).order_by(ticks.c.due_at.desc())
        rows = self._connection.execute(newest.limit(limit).offset((page - 1) * limit))
        return Page([_tick_of(row) for row in rows], page, limit, total)

    def forget_ticks(self, before: datetime) -> int:
        """Forget what was settled long ago; how many ticks."""
        old = (ticks.c.due_at < before) & (ticks.c.outcome != TickOutcome.QUEUED)
        return self._connection.execute(ticks.delete().where(old)).rowcount

    def _schedule_of(self, row: Row[Any]) -> Schedule:
        newest = self.ticks(row.id, page=1, limit=1).items
        return Schedule(
            id=row.id,
            owner_id=row.owner_id,
            agent_id=row.agent_id,
            agent_name=row.agent_name,
            name=row.name,
            timing=_timing_of(row.timing),
            created_at=row.created_at,
            updated_at=row.updated_at,
            overlap=Overlap(row.overlap),
            missed=MissedPolicy(row.missed),
            missed_limit=row.missed_limit,
            input=row.input,
            configuration=row.configuration,
            environment=DeploymentEnvironment(row.environment),
            is_paused=row.is_paused,
            priority=row.priority,
            next_due_at=row.next_due_at,
            last_tick=newest[0] if newest else None,
        )


def _joined() -> Select[Any]:
    return select(schedules, agents.c.name.label("agent_name")).join_from(schedules, agents)


def _values_of(schedule: Schedule) -> dict[str, Any]:
    timing = {name: value for name, value in asdict(schedule.timing).items() if value is not None}
    for name in _TIMES:
        if name in timing:
            timing[name] = timing[name].isoformat()
    return {
        "name": schedule.name,
        "timing": timing,
        "overlap": schedule.overlap,
        "missed": schedule.missed,
        "missed_limit": schedule.missed_limit,
        "input": dict(schedule.input or {}),
        "configuration": dict(schedule.configuration or {}),
        "environment": schedule.environment,
        "is_paused": schedule.is_paused,
        "priority": schedule.priority,
        "next_due_at": schedule.next_due_at,
        "updated_at": schedule.updated_at,
    }


def _outcome_of(tick: Tick) -> dict[str, Any]:
    return {
        "outcome": tick.outcome,
        "execution_id": tick.execution_id,
        "reason": tick.reason,
        "recorded_at": tick.recorded_at,
    }


def _timing_of(stored: dict[str, Any]) -> Timing:
    times = {name: datetime.fromisoformat(stored[name]) for name in _TIMES if name in stored}
    return Timing(**{**stored, **times})


def _tick_of(row: Row[Any]) -> Tick:
    return Tick(row.due_at, TickOutcome(row.outcome), row.recorded_at, row.execution_id, row.reason)
