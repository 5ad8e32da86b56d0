"""Stores executions and moves them from state to state, with the counters of their agents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Unpack

from sqlalchemy import Connection, Select, case, func, literal, null, select

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
from orchestra.domain.questions import Question, facts_of
from orchestra.errors import NotFound
from orchestra_storage.announcing import Announcer
from orchestra_storage.execution_rows import LIVE, conditions_of, duration_ms, execution_of, joined
from orchestra_storage.schema import agents, executions, unrecorded


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


class Executions:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._announcer = Announcer(connection)

    def add(self, new: NewExecution) -> Execution:
        """Accepts the execution as PENDING."""
        counted = agents.update().where(agents.c.id == new.agent_id)
        counted = counted.values(total_executions=agents.c.total_executions + 1, last_executed_at=new.created_at)
        if self._connection.execute(counted).rowcount == 0:
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
        }
        self._connection.execute(executions.insert(), values)
        return self._list(joined().where(executions.c.id == new.id))[0]

    def get(self, id: str) -> Execution | None:
        return self._first(joined().where(executions.c.id == id))

    def get_visible(self, owner_id: str | None, id: str) -> Execution | None:
        """The execution, if it is that person's; anybody's for None."""
        execution = self.get(id)
        return execution if execution is not None and owner_id in {None, execution.owner_id} else None

    def by_number(self, number: int) -> Execution | None:
        return self._first(joined().where(executions.c.number == number))

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
        of_agent = joined().where(executions.c.agent_id == agent_id)
        return self._list(of_agent.order_by(executions.c.number.desc()).limit(n))

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

    def cancelled_before_start(self) -> Sequence[Execution]:
        """What is PENDING, but was asked to be cancelled: no claim takes it, it only waits for its end."""
        asked = executions.c.cancel_requested_at.is_not(None)
        query = joined().where(executions.c.status == ExecutionStatus.PENDING, asked)
        return self._list(query.order_by(executions.c.number))

    def counts(self) -> dict[ExecutionStatus, int]:
        """How many executions there are in each status."""
        rows = self._connection.execute(select(executions.c.status, func.count()).group_by(executions.c.status))
        counted = {row[0]: row[1] for row in rows}
        return {status: counted.get(status, 0) for status in ExecutionStatus}

    def set_process(self, number: int, process: ProcessIdentity) -> bool:
        """Notes the process that runs it; False if it is not RUNNING any more."""
        values = {"process_pid": process.pid, "process_started": process.started}
        running = executions.c.status == ExecutionStatus.RUNNING
        update = executions.update().where(executions.c.number == number, running).values(values)
        return self._connection.execute(update).rowcount == 1

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
        values: dict[str, Any] = {"model_calls": executions.c.model_calls + 1}
        if tokens or cost is not None:
            column = executions.c.cost
            some_unknown = column.is_(None) & (executions.c.tokens_used > 0)
            values["tokens_used"] = executions.c.tokens_used + tokens
            values["cost"] = (
                null() if cost is None else case((some_unknown, null()), else_=func.coalesce(column, 0.0) + cost)
            )
        self._connection.execute(executions.update().where(executions.c.number == number).values(values))

    def finish(self, number: int, outcome: Outcome, at: datetime) -> Execution | None:
        """Writes the one end of an execution, which is still to be recorded in the history; what it is now.

        None, changing nothing, if it has ended before or does not exist.
        """
        if not outcome.status.is_final:
            raise ValueError(f"{outcome.status} is no end of an execution")
        live = executions.c.status.in_(LIVE)
        query = select(executions).where(executions.c.number == number, live).with_for_update()
        row = self._connection.execute(query).one_or_none()
        if row is None:
            return None
        values = {
            "status": outcome.status,
            "reason": outcome.reason,
            "output": None if outcome.output is None else dict(outcome.output),
            "failure": outcome.failure,
            "completed_at": at,
            "next_attempt_at": None,
            "waiting_for": None,
        }
        self._connection.execute(executions.update().where(executions.c.number == number).values(values))
        with self._announcer.status_of(row.agent_id, at):
            self._count_end(row.agent_id, ExecutionStatus(row.status), outcome.status, duration_ms(row.started_at, at))
        self._connection.execute(unrecorded.insert().values(number=number))
        ended = self.by_number(number)
        if ended is not None:
            self._announcer.execution(ended.status.lower(), ended, at)
        return ended

    def _count_end(self, agent_id: str, before: ExecutionStatus, after: ExecutionStatus, took_ms: int | None) -> None:
        c = agents.c
        changes: dict[str, Any] = {"last_ended_status": after}
        if before is ExecutionStatus.RUNNING:
            changes["running_executions"] = c.running_executions - 1
        if after is ExecutionStatus.COMPLETED:
            changes["successful_executions"] = c.successful_executions + 1
        if took_ms is not None:
            changes["ended_executions"] = c.ended_executions + 1
            changes["total_duration_ms"] = c.total_duration_ms + took_ms
        self._count(agent_id, **changes)

    def _count(self, agent_id: str, **changes: Any) -> None:
        self._connection.execute(agents.update().where(agents.c.id == agent_id).values(changes))

    def _first(self, query: Select[Any]) -> Execution | None:
        row = self._connection.execute(query).one_or_none()
        return execution_of(row) if row else None

    def _list(self, query: Select[Any]) -> list[Execution]:
        return [execution_of(row) for row in self._connection.execute(query)]
