"""Stores which frameworks are being installed or could not be, as far as agents wait for them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime

from sqlalchemy import Connection, select

from orchestra.domain.agents import AgentStatus, Deployment
from orchestra_storage.agent_rows import needed_by_agent
from orchestra_storage.announcing import Announcer
from orchestra_storage.schema import agents, deployments


class Deployments:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._announcer = Announcer(connection)

    def all(self) -> Mapping[str, Deployment]:
        """By framework."""
        rows = self._connection.execute(select(deployments))
        return {row.framework: Deployment(row.framework, AgentStatus(row.status), row.reason) for row in rows}

    def put(self, deployment: Deployment, at: datetime) -> None:
        """From now on the framework's agents show this."""
        values = {"status": deployment.status, "reason": deployment.reason, "since": at}
        with self._announced(deployment.framework, at):
            this = deployments.c.framework == deployment.framework
            if self._connection.execute(deployments.update().where(this).values(values)).rowcount == 0:
                self._connection.execute(deployments.insert(), {"framework": deployment.framework, **values})

    def remove(self, framework: str, at: datetime) -> None:
        """The framework's agents show nothing of it any more."""
        with self._announced(framework, at):
            self._connection.execute(deployments.delete().where(deployments.c.framework == framework))

    def agents_of(self, framework: str) -> Sequence[tuple[str, str]]:
        """Id and owner of each agent that needs what the framework does, or what an id with further packages names."""
        rows = self._connection.execute(select(agents.c.id, agents.c.owner_id).where(needed_by_agent == framework))
        return [(row.id, row.owner_id) for row in rows]

    def needed_by_agents(self) -> frozenset[str]:
        """What agents need: frameworks, and what has further packages."""
        return frozenset(self._connection.execute(select(needed_by_agent).distinct()).scalars())

    @contextmanager
    def _announced(self, framework: str, at: datetime) -> Iterator[None]:
        with ExitStack() as stack:
            for agent_id, _ in self.agents_of(framework):
                stack.enter_context(self._announcer.status_of(agent_id, at))
            yield
