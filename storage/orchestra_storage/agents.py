"""Stores agents, with what their executions add up to."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Unpack

from sqlalchemy import ColumnElement, Connection, bindparam, func, select

from orchestra.domain.agents import Agent, AgentChanges, AgentStatus, AgentVersion
from orchestra.domain.limits import limits_of
from orchestra.domain.packages import environment_id
from orchestra.domain.pages import Page
from orchestra_storage.agent_rows import agent_of, has_status, read_agent, selected, version_of
from orchestra_storage.announcing import Announcer
from orchestra_storage.prepared import Prepared
from orchestra_storage.schema import agent_versions, agents, executions, leftovers

_BY_ID = Prepared(selected().where(agents.c.id == bindparam("b_id"), agents.c.deleting_since.is_(None)))
_AT_ONCE = 500  # SQLite takes only so many values in a statement


class Agents:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._announcer = Announcer(connection)

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
            "environment": _environment_of(agent.framework, agent.configuration),
            "max_concurrent": limits_of(agent.configuration).max_concurrent,
            "created_at": agent.created_at,
            "updated_at": agent.updated_at,
        }
        self._connection.execute(agents.insert(), values)
        self._keep_version(agent.id, 1, agent.configuration, agent.owner_id, agent.created_at)
        self._announcer.agent("created", agent, agent.created_at)

    def get(self, id: str) -> Agent | None:
        row = _BY_ID.first(self._connection, {"b_id": id})
        return agent_of(row) if row else None

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
        wanted: list[ColumnElement[bool]] = [agents.c.deleting_since.is_(None)]
        if owner_id is not None:
            wanted.append(agents.c.owner_id == owner_id)
        if framework is not None:
            wanted.append(agents.c.framework == framework)
        if status is not None:
            wanted.append(has_status(status))
        total = self._connection.execute(select(func.count()).select_from(agents).where(*wanted)).scalar_one()
        newest = selected().where(*wanted).order_by(agents.c.created_at.desc(), agents.c.id.desc())
        rows = self._connection.execute(newest.limit(limit).offset((page - 1) * limit))
        return Page([agent_of(row) for row in rows], page, limit, total)

    def ids(self, owner_id: str) -> Sequence[str]:
        """The ids of that person's agents."""
        return [row.id for row in self._connection.execute(select(agents.c.id).where(agents.c.owner_id == owner_id))]

    def update(
        self, id: str, *, updated_at: datetime, author_id: str | None = None, **changes: Unpack[AgentChanges]
    ) -> None:
        """Changes what is named; another configuration is the agent's next version."""
        values: dict[str, Any] = {**changes, "updated_at": updated_at}
        if "tags" in changes:
            values["tags"] = list(changes["tags"])
        if "configuration" in changes:
            configuration = values["configuration"] = dict(changes["configuration"])
            values["max_concurrent"] = limits_of(configuration).max_concurrent
            agent = self.get(id)
            if agent is not None:
                values["environment"] = _environment_of(agent.framework, configuration)
            if agent is not None and dict(agent.configuration) != configuration:
                values["version"] = agent.version + 1
                self._keep_version(id, agent.version + 1, configuration, author_id, updated_at)
        self._connection.execute(agents.update().where(agents.c.id == id).values(values))
        if (agent := self.get(id)) is not None:
            self._announcer.agent("updated", agent, updated_at)

    def hold(self, id: str, hold: AgentStatus | None, at: datetime) -> None:
        """Notes that its owner wishes it PAUSED or STOPPED, or neither."""
        with self._announcer.status_of(id, at):
            self._connection.execute(agents.update().where(agents.c.id == id).values(hold=hold, updated_at=at))

    def mark_for_deletion(self, id: str, at: datetime | None) -> None:
        """From now on nobody sees it and nothing of it starts; with None, that is taken back."""
        self._connection.execute(agents.update().where(agents.c.id == id).values(deleting_since=at))

    def marked_for_deletion(self) -> Sequence[Agent]:
        rows = self._connection.execute(selected().where(agents.c.deleting_since.is_not(None)))
        return [agent_of(row) for row in rows]

    def versions(self, id: str, *, page: int, limit: int) -> Page[AgentVersion]:
        """The configurations that the agent has had, the newest first."""
        wanted = agent_versions.c.agent_id == id
        total = self._connection.execute(select(func.count()).select_from(agent_versions).where(wanted)).scalar_one()
        newest = select(agent_versions).where(wanted).order_by(agent_versions.c.version.desc())
        rows = self._connection.execute(newest.limit(limit).offset((page - 1) * limit))
        return Page([version_of(row) for row in rows], page, limit, total)

    def version(self, id: str, version: int) -> AgentVersion | None:
        c = agent_versions.c
        row = self._connection.execute(
            select(agent_versions).where(c.agent_id == id, c.version == version)
        ).one_or_none()
        return version_of(row) if row else None

    def remove(self, id: str, at: datetime) -> bool:
        """Deletes the agent and all its executions, and notes what they left elsewhere; False if there is none."""
        agent = read_agent(self._connection, id)
        if agent is None:
            return False
        left = select(executions.c.number, executions.c.id).where(executions.c.agent_id == id)
        self._connection.execute(leftovers.insert().from_select(["number", "execution_id"], left))
        self._connection.execute(agents.delete().where(agents.c.id == id))
        self._announcer.agent("deleted", agent, at)
        return True

    def leftovers(self) -> Sequence[tuple[int, str]]:
        """Number and id of deleted executions whose logs and files may still be there."""
        rows = self._connection.execute(select(leftovers.c.number, leftovers.c.execution_id))
        return [(row.number, row.execution_id) for row in rows]

    def forget_leftovers(self, numbers: Sequence[int]) -> None:
        for some in (numbers[i : i + _AT_ONCE] for i in range(0, len(numbers), _AT_ONCE)):
            self._connection.execute(leftovers.delete().where(leftovers.c.number.in_(some)))

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


def _environment_of(framework: str, configuration: Mapping[str, Any]) -> str | None:
    environment = environment_id(framework, configuration)
    return None if environment == framework else environment
