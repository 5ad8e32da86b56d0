"""Stores executions and moves them from state to state, with the counters of their agents."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Unpack

from sqlalchemy import Connection, Integer, Select, bindparam, func, literal, or_, select

from orchestra.domain.executions import (
    DeploymentEnvironment,
    Execution,
    ExecutionFilter,
    ExecutionStatus,
    Outcome,
    ProcessIdentity,
    Trigger,
)
from orchestra.domain.pages import Page
from orchestra.domain.prices import total
from orchestra.domain.questions import Question, facts_of
from orchestra.errors import NotFound
from orchestra_storage.announcing import Announcer
from orchestra_storage.execution_rows import LIVE, conditions_of, execution_of, joined
from orchestra_storage.prepared import Prepared
from orchestra_storage.schema import agents, executions, unrecorded

# What every execution needs is built once: building a statement takes longer than SQLite takes to run it.
_BY_ID = Prepared(joined().where(executions.c.id == bindparam("b_wanted")))
_BY_NUMBER = Prepared(joined().where(executions.c.number == bindparam("b_wanted")))
_CANCELLED_BEFORE_START = (
    joined()
    .where(executions.c.status == ExecutionStatus.PENDING, executions.c.cancel_requested_at.is_not(None))
    .order_by(executions.c.number)
)
_NEW = (
    *("id", "owner_id", "agent_id", "status", "input", "configuration", "trigger", "environment", "created_at"),
    *("agent_version", "retry_of", "schedule_id", "priority", "key_id", "attempt", "tokens_used"),
)
_ADD = Prepared(executions.insert().returning(executions.c.number), _NEW)
_FINISH = Prepared(
    executions.update()
    .where(executions.c.number == bindparam("b_number"), or_(*(executions.c.status == status for status in LIVE)))
    .values(next_attempt_at=None, waiting_for=None)
    .returning(*executions.c),
    ("status", "reason", "output", "failure", "completed_at"),
)
_RECORD = Prepared(unrecorded.insert(), ("number",))
_COUNT_ACCEPTED = Prepared(
    agents.update()
    .where(agents.c.id == bindparam("b_agent_id"))
    .values(total_executions=agents.c.total_executions + 1, last_executed_at=bindparam("b_at"))
    .returning(agents.c.name, agents.c.framework)
)
_SET_PROCESS = (
    executions.update()
    .where(executions.c.number == bindparam("b_number"), executions.c.status == ExecutionStatus.RUNNING)
    .values(process_pid=bindparam("b_pid"), process_started=bindparam("b_started"))
)
_NEWEST = (
    joined()
    .where(executions.c.agent_id == bindparam("b_agent_id"))
    .order_by(executions.c.number.desc())
    .limit(bindparam("b_n", type_=Integer))
)
_COUNT_END = Prepared(
    agents.update()
    .where(agents.c.id == bindparam("b_agent_id"))
    .values(
        last_ended_status=bindparam("b_status"),
        running_executions=agents.c.running_executions - bindparam("b_running", type_=Integer),
        successful_executions=agents.c.successful_executions + bindparam("b_successful", type_=Integer),
        ended_executions=agents.c.ended_executions + bindparam("b_timed", type_=Integer),
        total_duration_ms=agents.c.total_duration_ms + bindparam("b_took_ms", type_=Integer),
    )
    .returning(agents.c.name, agents.c.framework)
)

_USAGE = (
    select(executions.c.cost, executions.c.known_cost, executions.c.tokens_used)
    .where(executions.c.number == bindparam("b_number"))
    .with_for_update()
)
_ADD_CALL = (
    executions.update()
    .where(executions.c.number == bindparam("b_number"))
    .values(
        model_calls=executions.c.model_calls + 1,
        tokens_used=executions.c.tokens_used + bindparam("b_tokens", type_=Integer),
        cost=bindparam("b_cost"),
        known_cost=bindparam("b_known_cost"),
    )
)


@dataclass(frozen=True, slots=True)
class NewExecution:
    """An execution to accept."""

    id: str
    owner_id: str
    agent_id: str
    input: Mapping[str, Any]
    configuration: Mapping[str, Any]
    trigger: Trigger
    environment: DeploymentEnvironment
    created_at: datetime
    agent_version: int | None = None
    retry_of: str | None = None
    schedule_id: str | None = None
    priority: int = 0
    key_id: str | None = None


class Executions:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._announcer = Announcer(connection)

    def add(self, new: NewExecution) -> Execution:
        """Accepts the execution as PENDING."""
        counted = {"b_agent_id": new.agent_id, "b_at": new.created_at}
        agent = _COUNT_ACCEPTED.first(self._connection, counted)
        if agent is None:
            raise NotFound("agent", new.agent_id)
        values = {
            "id": new.id,
            "owner_id": new.owner_id,
            "agent_id": new.agent_id,
            "status": ExecutionStatus.PENDING,
            "input": dict(new.input),
            "configuration": dict(new.configuration),
            "trigger": new.trigger,
            "environment": new.environment,
            "created_at": new.created_at,
            "agent_version": new.agent_version,
            "retry_of": new.retry_of,
            "schedule_id": new.schedule_id,
            "priority": new.priority,
            "key_id": new.key_id,
        }
        added = _ADD.first(self._connection, {**values, "attempt": 1, "tokens_used": 0})
        assert added is not None
        return Execution(number=added.number, agent_name=agent.name, framework=agent.framework, **values)

    def get(self, id: str) -> Execution | None:
        return self._first(_BY_ID, id)

    def get_visible(self, owner_id: str | None, id: str) -> Execution | None:
        """The execution, if it is that person's; anybody's for None."""
        execution = self.get(id)
        return execution if execution is not None and owner_id in {None, execution.owner_id} else None

    def by_number(self, number: int) -> Execution | None:
        return self._first(_BY_NUMBER, number)

    def page(
        self, owner_id: str | None, *, page: int, limit: int, **filters: Unpack[ExecutionFilter]
    ) -> Page[Execution]:
        """That person's executions, or everybody's for None, newest first."""
        wanted = conditions_of(filters)
        if owner_id is not None:
            wanted.append(executions.c.owner_id == owner_id)
        total = self._connection.execute(select(func.count()).select_from(executions).where(*wanted)).scalar_one()
        newest = joined().where(*wanted).order_by(executions.c.number.desc())
        return Page(self._list(newest.limit(limit).offset((page - 1) * limit)), page, limit, total)

    def newest(self, agent_id: str, n: int) -> Sequence[Execution]:
        """The agent's last `n` executions, newest first."""
        found = self._connection.execute(_NEWEST, {"b_agent_id": agent_id, "b_n": n})
        return [execution_of(row) for row in found]

    def running(self) -> Sequence[Execution]:
        """What is RUNNING, oldest first."""
        query = joined().where(executions.c.status == ExecutionStatus.RUNNING)
        return self._list(query.order_by(executions.c.number))

    def live_of(self, agent_id: str) -> Sequence[Execution]:
        """The agent's executions that have not ended."""
        return self._list(joined().where(executions.c.agent_id == agent_id, executions.c.status.in_(LIVE)))

    def live_of_schedule(self, schedule_id: str) -> Sequence[Execution]:
        """The schedule's executions that have not ended."""
        mine = (executions.c.schedule_id == schedule_id) & executions.c.status.in_(LIVE)
        return self._list(joined().where(mine).order_by(executions.c.number))

    def live(self, owner_id: str | None) -> Sequence[Execution]:
        """That person's executions that have not ended, or everybody's for None."""
        query = joined().where(executions.c.status.in_(LIVE))
        return self._list(query if owner_id is None else query.where(executions.c.owner_id == owner_id))

    def of_agent(self, agent_id: str) -> Sequence[tuple[int, str]]:
        """Number and id of each of the agent's executions."""
        query = select(executions.c.number, executions.c.id).where(executions.c.agent_id == agent_id)
        return [(row.number, row.id) for row in self._connection.execute(query)]

    def ended_before(self, ids: Collection[str], at: datetime) -> Sequence[str]:
        """Those of the executions with these ids that ended by then."""
        c = executions.c
        return self._connection.execute(select(c.id).where(c.id.in_(ids), c.completed_at <= at)).scalars().all()

    def cancelled_before_start(self) -> Sequence[Execution]:
        """What is PENDING, but was asked to be cancelled: no claim takes it, it only waits for its end."""
        return self._list(_CANCELLED_BEFORE_START)

    def counts(self) -> dict[ExecutionStatus, int]:
        """How many executions there are in each status."""
        rows = self._connection.execute(select(executions.c.status, func.count()).group_by(executions.c.status))
        counted = {row[0]: row[1] for row in rows}
        return {status: counted.get(status, 0) for status in ExecutionStatus}

    def set_process(self, number: int, process: ProcessIdentity) -> bool:
        """Notes the process that runs it; False if it is not RUNNING any more."""
        values = {"b_number": number, "b_pid": process.pid, "b_started": process.started}
        return self._connection.execute(_SET_PROCESS, values).rowcount == 1

    def set_waiting_for(self, number: int, attempt: int, questions: Sequence[Question]) -> bool:
        """Notes the questions that the run waits to be answered; False if that attempt does not run (any more)."""
        c = executions.c
        mine = (c.number == number) & (c.attempt == attempt) & (c.status == ExecutionStatus.RUNNING)
        facts = [facts_of(question) for question in questions] or None
        return self._connection.execute(executions.update().where(mine).values(waiting_for=facts)).rowcount == 1

    def request_cancel(self, number: int, at: datetime) -> bool:
        """Notes the wish to cancel, the first one's time if repeated; False if there is nothing left to cancel."""
        update = executions.update().where(executions.c.number == number, executions.c.status.in_(LIVE))
        first = func.coalesce(executions.c.cancel_requested_at, literal(at, executions.c.cancel_requested_at.type))
        return self._connection.execute(update.values(cancel_requested_at=first)).rowcount == 1

    def add_usage(self, number: int, tokens: int, cost: float | None) -> None:
        """Adds a model call; the total cost is unknown (None) as soon as the price of some tokens is."""
        before = self._connection.execute(_USAGE, {"b_number": number}).one_or_none()
        if before is None:
            return
        is_unknown = tokens > 0 if cost is None else before.cost is None and before.tokens_used > 0
        # Added up here: databases round money in ways of their own.
        values = {
            "b_number": number,
            "b_tokens": tokens,
            "b_cost": None if is_unknown else before.cost if cost is None else total([before.cost or 0.0, cost]),
            "b_known_cost": total([before.known_cost, cost or 0.0]),
        }
        self._connection.execute(_ADD_CALL, values)

    def finish(self, number: int, outcome: Outcome, at: datetime) -> Execution | None:
        """Writes the one end of an execution, which is still to be recorded in the history; what it is now.

        None, changing nothing, if it has ended before or does not exist.
        """
        if not outcome.status.is_final:
            raise ValueError(f"{outcome.status} is no end of an execution")
        row = _FINISH.first(self._connection, _values_of_end(number, outcome, at))
        if row is None:
            return None
        with self._announcer.status_of(row.agent_id, at):
            agent = self._count_end(execution_of(row, "", ""))
        ended = execution_of(row, agent.name, agent.framework)
        _RECORD.run(self._connection, {"number": number})
        self._announcer.execution(ended.status.lower(), ended, at)
        return ended

    def _count_end(self, ended: Execution) -> Any:
        """A row with the agent's name and framework."""
        took_ms = ended.duration_ms
        counts = {
            "b_agent_id": ended.agent_id,
            "b_status": ended.status,
            "b_running": ended.has_attempt,
            "b_successful": ended.status is ExecutionStatus.COMPLETED,
            "b_timed": took_ms is not None,
            "b_took_ms": took_ms or 0,
        }
        return _COUNT_END.all(self._connection, counts)[0]

    def _first(self, query: Prepared, wanted: str | int) -> Execution | None:
        row = query.first(self._connection, {"b_wanted": wanted})
        return execution_of(row) if row else None

    def _list(self, query: Select[Any]) -> list[Execution]:
        return [execution_of(row) for row in self._connection.execute(query)]


def _values_of_end(number: int, outcome: Outcome, at: datetime) -> dict[str, Any]:
    return {
        "b_number": number,
        "status": outcome.status,
        "reason": outcome.reason,
        "output": None if outcome.output is None else dict(outcome.output),
        "failure": outcome.failure,
        "completed_at": at,
    }
