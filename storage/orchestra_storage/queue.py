"""Stores the queue: what waits is looked through by its index, so that a long queue costs no more than a short one."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Integer, bindparam, column, exists, func, literal, select, text

from orchestra.domain.executions import Execution, ExecutionStatus
from orchestra.domain.queueing import Contender, Pause, ahead_of, allot
from orchestra_storage.announcing import Announcer
from orchestra_storage.execution_rows import execution_of, joined
from orchestra_storage.prepared import Prepared
from orchestra_storage.schema import READY, WAITING, UtcDateTime, agents, executions, queue_pauses

MOST_AHEAD = 10_000
_WINDOW = 256  # agents that one claim looks at, of each priority
_LONGEST_PAUSE = timedelta(days=1)  # of a retry policy
_PAUSE_ID = 1

# From agent to agent by the index, however many executions each has waiting (a "skip scan").
_CONTENDERS = Prepared(
    text(f"""
    WITH RECURSIVE heads(agent_id, depth) AS (
        SELECT (SELECT min(agent_id) FROM executions WHERE {READY} AND priority = :priority AND agent_id > :after), 1
        UNION ALL
        SELECT (SELECT min(agent_id) FROM executions
                WHERE {READY} AND priority = :priority AND agent_id > heads.agent_id), depth + 1
        FROM heads WHERE heads.agent_id IS NOT NULL AND depth < :window
    )
    SELECT agents.id, agents.framework, agents.running_executions AS running, agents.max_concurrent,
        (SELECT min(number) FROM executions
         WHERE {READY} AND priority = :priority AND agent_id = agents.id) AS oldest,
        (SELECT count(*) FROM (SELECT 1 FROM executions
         WHERE {READY} AND priority = :priority AND agent_id = agents.id LIMIT :most) AS counted) AS waiting
    FROM heads JOIN agents ON agents.id = heads.agent_id
    WHERE NOT EXISTS (SELECT 1 FROM deployments
                      WHERE deployments.framework = coalesce(agents.environment, agents.framework)
                      AND deployments.status = 'DEPLOYING')
    """).columns(*map(column, ("id", "framework", "running", "max_concurrent", "oldest", "waiting")))  # noqa: S608
)
_OLDEST = Prepared(
    text(
        f"SELECT number FROM executions WHERE {READY} AND priority = :priority AND agent_id = :agent_id "  # noqa: S608
        "ORDER BY number LIMIT :count"
    ).columns(column("number"))
)

# Built once, since each start of an execution needs them all.
_NOW = bindparam("b_now", type_=UtcDateTime())
_NUMBER = executions.c.number == bindparam("b_number", type_=Integer)
_AT = executions.c.next_attempt_at
_PAUSE = select(queue_pauses).where(queue_pauses.c.id == _PAUSE_ID)
_NEXT_ATTEMPT = select(func.min(_AT)).where(text(WAITING))
_UNSTARTED = select(executions.c.number).where(
    executions.c.status == ExecutionStatus.PENDING, executions.c.cancel_requested_at.is_not(None)
)
_LOOK = Prepared(
    select(
        _NEXT_ATTEMPT.scalar_subquery().label("next_at"),
        exists(_PAUSE).label("is_paused"),
        exists(select(executions.c.number).where(text(READY))).label("is_any_ready"),
        exists(_UNSTARTED).label("is_any_cancelled"),
    )
)
_BELOW = executions.c.priority < bindparam("b_below")
_HIGHEST = Prepared(select(func.max(executions.c.priority).label("priority")).where(text(READY), _BELOW))
_ABOVE_ALL = 1_000_000
_MAKE_READY = Prepared(
    executions.update()
    .where(text(WAITING), ~((_AT > _NOW) & (bindparam("b_latest", type_=UtcDateTime()) >= _AT)))
    .values(next_attempt_at=None)
)
_WANTED = Prepared(
    select(executions.c.number, executions.c.agent_id)
    .where(_NUMBER, executions.c.status == ExecutionStatus.PENDING.value)
    .with_for_update(skip_locked=True)
)
_START = Prepared(
    executions.update()
    .where(_NUMBER)
    .values(
        status=ExecutionStatus.RUNNING.value,
        started_at=func.coalesce(executions.c.started_at, _NOW),
        attempt_started_at=_NOW,
    )
)
_STARTED = Prepared(joined().where(_NUMBER))
_COUNT_RUNNING = Prepared(
    agents.update()
    .where(agents.c.id == bindparam("b_id"))
    .values(running_executions=agents.c.running_executions + bindparam("b_count", type_=Integer))
)


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the queue finds: whether something could start, and when the next attempt of something comes.

    `has_cancelled`: something was cancelled before it had a slot, and waits for its end.
    """

    has_work: bool
    next_attempt_at: datetime | None
    has_cancelled: bool = False


class Queue:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._announcer = Announcer(connection)

    def look(self, now: datetime) -> Look:
        """Cheap; while the queue is paused there is no work."""
        found = _LOOK.all(self._connection)[0]
        if found.is_paused:
            return Look(False, None, found.is_any_cancelled)
        next_at = found.next_at
        is_due = next_at is not None and not now < next_at <= now + _LONGEST_PAUSE
        return Look(found.is_any_ready or is_due, next_at, found.is_any_cancelled)

    def next_attempt_at(self) -> datetime | None:
        """When the next attempt of something comes that waits to be tried again."""
        return self._connection.execute(_NEXT_ATTEMPT).scalar_one()

    def claim(
        self, limit: int, now: datetime, framework_slots: Mapping[str, int] | None = None, start: str = ""
    ) -> Sequence[Execution]:
        """Starts PENDING executions, at most `limit`: they are RUNNING and the caller's alone.

        `framework_slots` is how many of a framework may run. If more agents wait than are looked at, the look begins
        behind the agent id `start`, so that with a random one all get their turn.
        """
        self._make_ready(now)
        numbers = self._choose(limit, framework_slots or {}, start)
        if not numbers:
            return []
        # SQLite needs no row locks, and SQLAlchemy writes none there: the whole transaction is exclusive.
        rows = [row for number in numbers for row in _WANTED.all(self._connection, {"b_number": number})]
        for row in rows:
            _START.run(self._connection, {"b_number": row.number, "b_now": now})
        self._count_running(Counter(row.agent_id for row in rows), now)
        found = [_STARTED.all(self._connection, {"b_number": row.number})[0] for row in rows]
        started = [execution_of(row) for row in found]
        for execution in started:
            if execution.attempt == 1:
                self._announcer.execution("started", execution, now)
        return sorted(started, key=lambda one: (-one.priority, one.number))

    def position(self, execution: Execution) -> int | None:
        """Which one it is in the order in which executions start, from 1; None if it does not wait for a slot.

        Those further back than `MOST_AHEAD` are all told to be just behind that.
        """
        c = executions.c
        if execution.status is not ExecutionStatus.PENDING or execution.next_attempt_at is not None:
            return None
        ahead = self._count(c.priority > execution.priority)
        own = (c.priority == execution.priority) & (c.agent_id == execution.agent_id)
        rank = self._count(own & (c.number < execution.number))
        if max(ahead, rank) >= MOST_AHEAD:
            return MOST_AHEAD + 1
        mine, others = None, list[Contender]()
        for one in self._contenders_behind(execution.priority, execution.agent_id, rank):
            if one.agent_id == execution.agent_id:
                mine = one
            else:
                others.append(one)
        ahead += rank if mine is None else ahead_of(mine, rank, others)
        return min(ahead, MOST_AHEAD) + 1

    def _contenders_behind(self, priority: int, agent_id: str, rank: int) -> list[Contender]:
        """The agents with something of this priority that waits, as they are once all that is more urgent runs."""
        c = executions.c
        urgent = select(c.agent_id, func.count()).where(text(READY), c.priority > priority).group_by(c.agent_id)
        sooner = {row[0]: row[1] for row in self._connection.execute(urgent)}
        running = select(agents.c.running_executions).where(agents.c.id == agent_id)
        turn = self._connection.execute(running).scalar_one() + sooner.get(agent_id, 0) + rank
        found = self._contenders(priority, min(turn + 2, MOST_AHEAD), "")  # more of an agent's cannot come before
        return [replace(one, running=one.running + sooner.get(one.agent_id, 0)) for one in found]

    def counts(self) -> tuple[int, int]:
        """How many wait for a slot, and how many to be tried again."""
        ready = select(func.count()).select_from(executions).where(text(READY))
        waiting = select(func.count()).select_from(executions).where(text(WAITING))
        return self._connection.execute(ready).scalar_one(), self._connection.execute(waiting).scalar_one()

    def pause(self) -> Pause | None:
        """The pause, if the queue is paused."""
        row = self._connection.execute(_PAUSE).one_or_none()
        return None if row is None else Pause(row.paused_at, row.paused_by)

    def set_pause(self, pause: Pause | None) -> None:
        """Pause or resume; a pause that there is already stays as it is."""
        if pause is None:
            self._connection.execute(queue_pauses.delete())
        elif self.pause() is None:
            values = {"id": _PAUSE_ID, "paused_at": pause.since, "paused_by": pause.by}
            self._connection.execute(queue_pauses.insert(), values)

    def _count_running(self, started: Mapping[str, int], now: datetime) -> None:
        with ExitStack() as announced:
            for agent_id in sorted(started):
                announced.enter_context(self._announcer.status_of(agent_id, now))
            for agent_id, count in sorted(started.items()):
                _COUNT_RUNNING.run(self._connection, {"b_id": agent_id, "b_count": count})

    def _make_ready(self, now: datetime) -> None:
        """What waited to be tried again until now may start."""
        # A clock that was set back must not make anything wait for longer than any policy wants.
        _MAKE_READY.run(self._connection, {"b_now": now, "b_latest": now + _LONGEST_PAUSE})

    def _choose(self, limit: int, framework_slots: Mapping[str, int], start: str) -> list[int]:
        chosen: list[int] = []
        started: Counter[str] = Counter()
        framework_free = self._framework_free(framework_slots)
        for priority in self._priorities():
            free = limit - len(chosen)
            if free <= 0:
                break
            found = self._contenders(priority, free, start)
            contenders = {one.agent_id: replace(one, running=one.running + started[one.agent_id]) for one in found}
            for agent_id, count in allot(contenders.values(), free, framework_free).items():
                chosen += self._oldest(priority, agent_id, count)
                started[agent_id] += count
                framework = contenders[agent_id].framework
                if framework in framework_free:
                    framework_free[framework] -= count
        return chosen

    def _priorities(self) -> Iterator[int]:
        """The priorities of what waits, the most urgent first."""
        below = _ABOVE_ALL
        while (found := _HIGHEST.all(self._connection, {"b_below": below})[0].priority) is not None:
            yield found
            below = found

    def _contenders(self, priority: int, most: int, start: str) -> list[Contender]:
        """The agents with something of this priority that waits, as many as are looked at."""
        found = self._contenders_after("", priority, most)
        if len(found) < _WINDOW or not start:
            return found
        behind = self._contenders_after(start, priority, most)
        return (behind + [one for one in found if one.agent_id <= start])[:_WINDOW]

    def _contenders_after(self, after: str, priority: int, most: int) -> list[Contender]:
        values: dict[str, Any] = {"priority": priority, "after": after, "window": _WINDOW, "most": most}
        return [
            Contender(row.id, row.framework, row.running, row.oldest, row.waiting, row.max_concurrent)
            for row in _CONTENDERS.all(self._connection, values)
        ]

    def _oldest(self, priority: int, agent_id: str, count: int) -> Sequence[int]:
        values: dict[str, Any] = {"priority": priority, "agent_id": agent_id, "count": count}
        return [row.number for row in _OLDEST.all(self._connection, values)]

    def _framework_free(self, slots: Mapping[str, int]) -> dict[str, int]:
        if not slots:
            return {}
        query = select(agents.c.framework, func.count()).join_from(executions, agents)
        query = query.where(executions.c.status == ExecutionStatus.RUNNING).group_by(agents.c.framework)
        running = {row[0]: row[1] for row in self._connection.execute(query)}
        return {framework: most - running.get(framework, 0) for framework, most in slots.items()}

    def _count(self, wanted: Any) -> int:
        """How many such executions wait, counted as far as it matters."""
        some = select(literal(1)).select_from(executions).where(text(READY), wanted).limit(MOST_AHEAD).subquery()
        return self._connection.execute(select(func.count()).select_from(some)).scalar_one()
