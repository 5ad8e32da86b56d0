"""Stores agents, with what their executions add up to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Unpack

from sqlalchemy import ColumnElement, Connection, Row, and_, false, func, or_, select

from orchestra.domain.agents import Agent, AgentChanges, AgentStatistics, AgentStatus, AgentVersion, status_of
from orchestra.domain.executions import ExecutionStatus
from orchestra.domain.pages import Page
from orchestra_storage.schema import agent_versions, agents

_FAILING = (ExecutionStatus.FAILED, ExecutionStatus.TIMEOUT)


class Agents:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, agent: Agent) -> None:
        """A new agent; its status and statistics follow from its executions."""
        values = {
            "id": agent.id,
            "owner_id": agent.owner_id,
            "name": agent.name,
            "description": agent.description,
            "framework": agent.framework,
            "configuration": dict(agent.configuration),
            "tags": list(agent.tags),
            "is_active": agent.is_active,
            "configuration_id": agent.configuration_id,
            "created_at": agent.created_at,
            "updated_at": agent.updated_at,
        }
        self._connection.execute(agents.insert(), values)
        self._keep_version(agent.id, 1, agent.configuration, agent.owner_id, agent.created_at)

    def get(self, id: str) -> Agent | None:
        row = self._connection.execute(select(agents).where(agents.c.id == id)).one_or_none()
        return _agent_of(row) if row else None

    def get_visible(self, owner_id: str | None, id: str) -> Agent | None:
        """The agent, if it is that person's; anybody's for None."""
        agent = self.get(id)
        return agent if agent is not None and owner_id in {None, agent.owner_id} else None

    def page(
        self,
        owner_id: str | None,
        *,
        framework: str | None = None,
        status: AgentStatus | None = None,
        page: int,
        limit: int,
    ) -> Page[Agent]:
        """That person's agents, or everybody's for None, newest first."""
        wanted = [] if owner_id is None else [agents.c.owner_id == owner_id]
        if framework is not None:
            wanted.append(agents.c.framework == framework)
        if status is not None:
            wanted.append(_has_status(status))
        total = self._connection.execute(select(func.count()).select_from(agents).where(*wanted)).scalar_one()
        newest = select(agents).where(*wanted).order_by(agents.c.created_at.desc(), agents.c.id.desc())
        rows = self._connection.execute(newest.limit(limit).offset((page - 1) * limit))
        return Page([_agent_of(row) for row in rows], page, limit, total)

    def update(
        self, id: str, *, updated_at: datetime, author_id: str | None = None, **changes: Unpack[AgentChanges]
    ) -> None:
        """Changes what is named; another configuration is the agent's next version."""
        values: dict[str, Any] = {**changes, "updated_at": updated_at}
        if "tags" in changes:
            values["tags"] = list(changes["tags"])
        if "configuration" in changes:
            configuration = values["configuration"] = dict(changes["configuration"])
            agent = self.get(id)
            if agent is not None and dict(agent.configuration) != configuration:
                values["version"] = agent.version + 1
                self._keep_version(id, agent.version + 1, configuration, author_id, updated_at)
        self._connection.execute(agents.update().where(agents.c.id == id).values(values))

    def versions(self, id: str, *, page: int, limit: int) -> Page[AgentVersion]:
        """The configurations that the agent has had, the newest first."""
        wanted = agent_versions.c.agent_id == id
        total = self._connection.execute(select(func.count()).select_from(agent_versions).where(wanted)).scalar_one()
        newest = select(agent_versions).where(wanted).order_by(agent_versions.c.version.desc())
        rows = self._connection.execute(newest.limit(limit).offset((page - 1) * limit))
        return Page([_version_of(row) for row in rows], page, limit, total)

    def version(self, id: str, version: int) -> AgentVersion | None:
        c = agent_versions.c
        row = self._connection.execute(
            select(agent_versions).where(c.agent_id == id, c.version == version)
        ).one_or_none()
        return _version_of(row) if row else None

    def remove(self, id: str) -> bool:
        """Deletes the agent and all its executions; False if there is no such agent."""
        return self._connection.execute(agents.delete().where(agents.c.id == id)).rowcount == 1

    def _keep_version(
        self, id: str, version: int, configuration: Mapping[str, Any], author_id: str | None, at: datetime
    ) -> None:
        values = {
            "agent_id": id,
            "version": version,
            "configuration": dict(configuration),
            "author_id": author_id,
            "created_at": at,
        }
        self._connection.execute(agent_versions.insert(), values)


def _version_of(row: Row[Any]) -> AgentVersion:
    return AgentVersion(row.agent_id, row.version, row.configuration, row.created_at, row.author_id)


def _has_status(status: AgentStatus) -> ColumnElement[bool]:
    """`domain.agents.status_of` in SQL, so that pages and totals are right."""
    idle = agents.c.running_executions == 0
    failing = agents.c.last_ended_status.in_(_FAILING)
    match status:
        case AgentStatus.RUNNING:
            return agents.c.running_executions > 0
        case AgentStatus.ERROR:
            return and_(idle, failing)
        case AgentStatus.IDLE:
            return and_(idle, or_(agents.c.last_ended_status.is_(None), ~failing))
        case _:
            return false()


def _agent_of(row: Row[Any]) -> Agent:
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
        hold=None if row.hold is None else AgentStatus(row.hold),
        configuration_id=row.configuration_id,
        status=status_of(row.running_executions, row.last_ended_status),
        statistics=AgentStatistics(
            total=row.total_executions,
            successful=row.successful_executions,
            average_ms=row.total_duration_ms / row.ended_executions if row.ended_executions else None,
            last_executed_at=row.last_executed_at,
        ),
    )
