"""Turns rows of agents into the domain's agents, and an agent's status into SQL."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select

from orchestra.domain.agents import HOLDS, Agent, AgentStatistics, AgentStatus, AgentVersion, status_of
from orchestra.domain.executions import ExecutionStatus
from orchestra_storage.schema import agents, deployments

_FAILING = (ExecutionStatus.FAILED, ExecutionStatus.TIMEOUT)


needed_by_agent = func.coalesce(agents.c.environment, agents.c.framework)
"""What must be installed for the agent: its framework, or that with further packages."""

_OF_FRAMEWORK = deployments.c.framework == needed_by_agent
_deployment = select(deployments.c.status).where(_OF_FRAMEWORK).correlate(agents).scalar_subquery()
_reason = select(deployments.c.reason).where(_OF_FRAMEWORK).correlate(agents).scalar_subquery()


def selected() -> Select[Any]:
    """Agents with what `agent_of` needs of them."""
    return select(agents, _deployment.label("deployment"), _reason.label("deployment_reason"))


def read_agent(connection: Connection, id: str) -> Agent | None:
    """The agent of that id, one that is being deleted too."""
    row = connection.execute(selected().where(agents.c.id == id)).one_or_none()
    return agent_of(row) if row else None


def has_status(status: AgentStatus) -> ColumnElement[bool]:
    """`domain.agents.status_of` in SQL, so that pages and totals are right."""
    if status is AgentStatus.RUNNING:
        return agents.c.running_executions > 0
    at_rest = agents.c.running_executions == 0
    if status in HOLDS:
        return and_(at_rest, agents.c.hold == status)
    at_rest = and_(at_rest, agents.c.hold.is_(None))
    if status is AgentStatus.DEPLOYING:
        return and_(at_rest, _deployment == status)
    failing = agents.c.last_ended_status.in_(_FAILING)
    deployed = _deployment.is_(None)
    if status is AgentStatus.ERROR:
        return and_(at_rest, or_(_deployment == status, and_(deployed, failing)))
    return and_(at_rest, deployed, or_(agents.c.last_ended_status.is_(None), ~failing))


def agent_of(row: Row[Any]) -> Agent:
    hold = None if row.hold is None else AgentStatus(row.hold)
    deployment = None if row.deployment is None else AgentStatus(row.deployment)
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
        status=status_of(row.running_executions, row.last_ended_status, hold, deployment),
        status_reason=row.deployment_reason,
        statistics=AgentStatistics(
            total=row.total_executions,
            successful=row.successful_executions,
            average_ms=row.total_duration_ms / row.ended_executions if row.ended_executions else None,
            last_executed_at=row.last_executed_at,
        ),
    )


def version_of(row: Row[Any]) -> AgentVersion:
    return AgentVersion(row.agent_id, row.version, row.configuration, row.created_at, row.author_id)
