"""Turns rows of agents into the domain's agents, and an agent's status into SQL."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select

from orchestra.domain.agents import HOLDS, Agent, AgentStatistics, AgentStatus, AgentVersion, status_of
from orchestra.domain.executions import ExecutionStatus
from orchestra_storage.schema import agents

_FAILING = (ExecutionStatus.FAILED, ExecutionStatus.TIMEOUT)


def read_agent(connection: Connection, id: str) -> Agent | None:
    """The agent of that id, one that is being deleted too."""
    row = connection.execute(select(agents).where(agents.c.id == id)).one_or_none()
    return agent_of(row) if row else None


def has_status(status: AgentStatus) -> ColumnElement[bool]:
    """`domain.agents.status_of` in SQL, so that pages and totals are right."""
    if status is AgentStatus.RUNNING:
        return agents.c.running_executions > 0
    at_rest = agents.c.running_executions == 0
    if status in HOLDS:
        return and_(at_rest, agents.c.hold == status)
    at_rest = and_(at_rest, agents.c.hold.is_(None))
    failing = agents.c.last_ended_status.in_(_FAILING)
    if status is AgentStatus.ERROR:
        return and_(at_rest, failing)
    if status is AgentStatus.IDLE:
        return and_(at_rest, or_(agents.c.last_ended_status.is_(None), ~failing))
    return agents.c.id.is_(None)  # none is: environments are not built yet


def agent_of(row: Row[Any]) -> Agent:
    hold = None if row.hold is None else AgentStatus(row.hold)
    return Agent(
        id=row.id,
        owner_id=row.owner_id,
        name=row.name,
        framework=row.framework,
        configuration=row.configuration,
        created_at=row.created_at,
        updated_at=row.updated_at,
        description=row.description,
        tags=tuple(row.tags),
        is_active=row.is_active,
        version=row.version,
        hold=hold,
        configuration_id=row.configuration_id,
        status=status_of(row.running_executions, row.last_ended_status, hold),
        statistics=AgentStatistics(
            total=row.total_executions,
            successful=row.successful_executions,
            average_ms=row.total_duration_ms / row.ended_executions if row.ended_executions else None,
            last_executed_at=row.last_executed_at,
        ),
    )


def version_of(row: Row[Any]) -> AgentVersion:
    return AgentVersion(row.agent_id, row.version, row.configuration, row.created_at, row.author_id)
