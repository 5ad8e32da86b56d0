"""Turns rows of executions into the domain's executions."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select

from orchestra.domain.executions import (
    DeploymentEnvironment,
    Execution,
    ExecutionFilter,
    ExecutionStatus,
    FailureClass,
    ProcessIdentity,
    Trigger,
)
from orchestra.domain.questions import question_from
from orchestra_storage.schema import agents, executions

LIVE = tuple(status for status in ExecutionStatus if not status.is_final)

_COLUMNS = (
    *executions.c,
    agents.c.name.label("agent_name"),
    agents.c.framework,
)


def joined(*more: ColumnElement[Any]) -> Select[Any]:
    """All that an `Execution` is made of, and more if asked for."""
    return select(*_COLUMNS, *more).join_from(executions, agents)


def conditions_of(filters: ExecutionFilter) -> list[ColumnElement[bool]]:
    """What a row of `executions` must fulfil to be wanted."""
    c = executions.c
    conditions: list[ColumnElement[bool]] = []
    for column, name in (
        (c.agent_id, "agent_id"),
        (c.trigger, "trigger"),
        (c.schedule_id, "schedule_id"),
        (c.environment, "environment"),
    ):
        if (value := filters.get(name)) is not None:
            conditions.append(column == value)
    if (status := filters.get("status")) is not None:
        conditions.append(c.status.in_([status] if isinstance(status, ExecutionStatus) else list(status)))
    if (framework := filters.get("framework")) is not None:
        conditions.append(c.agent_id.in_(select(agents.c.id).where(agents.c.framework == framework)))
    if (start := filters.get("created_from")) is not None:
        conditions.append(c.created_at >= start)
    if (end := filters.get("created_to")) is not None:
        conditions.append(c.created_at < end)
    return conditions


def duration_ms(started_at: datetime | None, completed_at: datetime) -> int | None:
    """As `Execution.duration_ms`, for an end that is just being written."""
    if started_at is None:
        return None
    return max(0, round((completed_at - started_at).total_seconds() * 1000))


def execution_of(row: Row[Any], agent_name: str | None = None, framework: str | None = None) -> Execution:
    """The execution in a row that has the columns of `joined`, or of `executions` alone if the agent's are given."""
    return Execution(
        number=row.number,
        id=row.id,
        owner_id=row.owner_id,
        agent_id=row.agent_id,
        agent_name=row.agent_name if agent_name is None else agent_name,
        framework=row.framework if framework is None else framework,
        status=ExecutionStatus(row.status),
        input=row.input,
        configuration=row.configuration,
        trigger=Trigger(row.trigger),
        environment=DeploymentEnvironment(row.environment),
        created_at=row.created_at,
        attempt=row.attempt,
        started_at=row.started_at,
        completed_at=row.completed_at,
        cancel_requested_at=row.cancel_requested_at,
        process=None if row.process_pid is None else ProcessIdentity(row.process_pid, row.process_started),
        output=row.output,
        reason=row.reason,
        failure=None if row.failure is None else FailureClass(row.failure),
        tokens_used=row.tokens_used,
        model_calls=row.model_calls,
        cost=row.cost,
        known_cost=row.known_cost,
        agent_version=row.agent_version,
        retry_of=row.retry_of,
        schedule_id=row.schedule_id,
        key_id=row.key_id,
        attempt_started_at=row.attempt_started_at,
        next_attempt_at=row.next_attempt_at,
        priority=row.priority,
        waiting_for=tuple(map(question_from, row.waiting_for or ())),
    )
