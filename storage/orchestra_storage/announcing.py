"""Announces changes of agents and executions, in the transactions that make them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection

from orchestra.domain.agents import Agent
from orchestra.domain.announcements import facts_of_agent, facts_of_execution, facts_of_status_change
from orchestra.domain.executions import Execution
from orchestra.domain.webhooks import Announcement
from orchestra_storage.agent_rows import read_agent
from orchestra_storage.outbox import Outbox


class Announcer:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._outbox = Outbox(connection)

    @cached_property
    def _is_heard(self) -> bool:
        """Asked once in a transaction, since most installations have no webhook at all."""
        return self._outbox.is_heard()

    def agent(self, event: str, agent: Agent, at: datetime) -> None:
        self._outbox.announce(Announcement(f"agent.{event}", agent.owner_id, facts_of_agent(agent), at))

    def execution(self, event: str, execution: Execution, at: datetime) -> None:
        if self._is_heard:
            self._outbox.announce(
                Announcement(f"execution.{event}", execution.owner_id, facts_of_execution(execution), at)
            )

    @contextmanager
    def status_of(self, agent_id: str, at: datetime) -> Iterator[None]:
        """Announce that the agent's status has changed, if what is done inside changes it."""
        if not self._is_heard:
            yield
            return
        before = read_agent(self._connection, agent_id)
        yield
        after = read_agent(self._connection, agent_id)
        if before is not None and after is not None and before.status is not after.status:
            data = facts_of_status_change(after, before.status)
            self._outbox.announce(Announcement("agent.status_changed", after.owner_id, data, at))
