"""What a person can do with agents."""

import shutil
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestra.bus import CHANGES, Bus
from orchestra.domain.agents import Agent, AgentChanges, AgentStatus
from orchestra.domain.events import AgentChanged
from orchestra.domain.executions import Execution
from orchestra.domain.identity import Permission, Principal
from orchestra.domain.pages import Page
from orchestra.domain.text import unstorable
from orchestra.errors import Conflict, Fault, Invalid, NotFound
from orchestra.services.configuration import faults_of
from orchestra.services.executions import ExecutionService
from orchestra.services.frameworks import FrameworkService
from orchestra_storage.history import History
from orchestra_storage.unit import Storage

_NAME_CHARACTERS = 100
_DESCRIPTION_CHARACTERS = 10_000
_TAGS = 50
_TAG_CHARACTERS = 100
_DELETE_POLL_SECONDS = 0.05
_DELETE_MARGIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class AgentDraft:
    """An agent as somebody wants it; without a configuration it is a draft that cannot start yet."""

    name: str
    framework: str
    configuration: Mapping[str, Any] | None = None
    description: str | None = None
    tags: Sequence[str] = field(default_factory=tuple)
    is_active: bool = True


class AgentService:
    def __init__(
        self,
        storage: Storage,
        history: History,
        bus: Bus,
        frameworks: FrameworkService,
        executions: ExecutionService,
        runs: Path,
    ) -> None:
        self._storage = storage
        self._history = history
        self._bus = bus
        self._frameworks = frameworks
        self._executions = executions
        self._runs = runs

    def list(
        self,
        principal: Principal,
        *,
        framework: str | None = None,
        status: AgentStatus | None = None,
        page: int = 1,
        limit: int = 10,
    ) -> Page[Agent]:
        """A page of the agents that the person sees, the newest first."""
        principal.require(Permission.READ)
        with self._storage.read() as unit:
            return unit.agents.page(principal.visible_owner, framework=framework, status=status, page=page, limit=limit)

    def get(self, principal: Principal, agent_id: str) -> Agent:
        principal.require(Permission.READ)
        with self._storage.read() as unit:
            agent = unit.agents.get_visible(principal.visible_owner, agent_id)
        if agent is None:
            raise NotFound("agent", agent_id)
        return agent

    def newest_executions(self, principal: Principal, agent_id: str, count: int = 10) -> Sequence[Execution]:
        """The agent's newest executions, the newest first."""
        self.get(principal, agent_id)
        with self._storage.read() as unit:
            return unit.executions.newest(agent_id, count)

    def create(self, principal: Principal, draft: AgentDraft) -> Agent:
        """Make an agent; Invalid with a pointer for each fault."""
        principal.require(Permission.WRITE)
        framework = self._frameworks.get(draft.framework)
        faults = _faults_of_fields({"name": draft.name, "description": draft.description, "tags": list(draft.tags)})
        if draft.configuration is not None:
            faults += faults_of(framework, draft.configuration)
        _refuse(faults)
        now = datetime.now(UTC)
        agent = Agent(
            id=uuid.uuid4().hex,
            owner_id=principal.user_id,
            name=draft.name,
            framework=framework.id,
            configuration=dict(draft.configuration or {}),
            created_at=now,
            updated_at=now,
            description=draft.description,
            tags=tuple(draft.tags),
            is_active=draft.is_active,
        )
        with self._storage.write() as unit:
            unit.agents.add(agent)
        self._tell(agent, "created")
        return agent

    def update(self, principal: Principal, agent_id: str, changes: AgentChanges) -> Agent:
        """Change the fields that are named; Invalid with a pointer for each fault."""
        principal.require(Permission.WRITE)
        agent = self.get(principal, agent_id)
        faults = _faults_of_fields(changes)
        if "configuration" in changes:
            faults += faults_of(self._frameworks.get(agent.framework), changes["configuration"])
        _refuse(faults)
        with self._storage.write() as unit:
            unit.agents.update(agent_id, updated_at=datetime.now(UTC), author_id=principal.user_id, **changes)
        self._tell(agent, "updated")
        return self.get(principal, agent_id)

    def delete(self, principal: Principal, agent_id: str) -> None:
        """Delete an agent with its executions, logs and files; what runs is cancelled first."""
        principal.require(Permission.WRITE)
        agent = self.get(principal, agent_id)
        with self._storage.write() as unit:
            unit.agents.update(
                agent_id, updated_at=datetime.now(UTC), is_active=False
            )  # nothing new may start meanwhile
        self._end_all(agent)
        with self._storage.write() as unit:
            gone = unit.executions.of_agent(agent_id)
            unit.agents.remove(agent_id)
        self._history.remove(number for number, _ in gone).result()
        for _, execution_id in gone:
            shutil.rmtree(self._runs / execution_id, ignore_errors=True)
        self._tell(agent, "deleted")

    def _end_all(self, agent: Agent) -> None:
        with self._storage.read() as unit:
            live = unit.executions.live_of(agent.id)
        grace = self._executions.cancel_all(live)
        deadline = time.monotonic() + grace + _DELETE_MARGIN_SECONDS
        while live and time.monotonic() < deadline:
            time.sleep(_DELETE_POLL_SECONDS)
            with self._storage.read() as unit:
                live = unit.executions.live_of(agent.id)
        if live:
            raise Conflict(f"'{agent.name}' still has {len(live)} executions that are being stopped. Try again soon.")

    def _tell(self, agent: Agent, what: str) -> None:
        self._bus.publish(CHANGES, AgentChanged(agent.id, agent.owner_id, what))


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise Invalid(f"The agent cannot be kept like this: {faults[0].pointer}: {faults[0].message}", faults)


def _faults_of_fields(fields: Mapping[str, Any]) -> list[Fault]:
    """A fault for each name, description or tag that cannot be."""
    return [
        fault
        for name, value in fields.items()
        if name in _FIELD_RULES
        for fault in [*unstorable(value, f"/{name}"), *_FIELD_RULES[name](value)]
    ]


def _name_faults(name: str) -> Sequence[Fault]:
    if not name.strip():
        return [Fault("/name", "The name must not be empty.")]
    if len(name) > _NAME_CHARACTERS:
        return [Fault("/name", f"The name has {len(name)} characters; at most {_NAME_CHARACTERS} are allowed.")]
    return []


def _description_faults(description: str | None) -> Sequence[Fault]:
    if description is not None and len(description) > _DESCRIPTION_CHARACTERS:
        return [Fault("/description", f"The description is longer than {_DESCRIPTION_CHARACTERS:,} characters.")]
    return []


def _tags_faults(tags: Sequence[str]) -> Sequence[Fault]:
    if len(tags) > _TAGS:
        return [Fault("/tags", f"There are {len(tags)} tags; at most {_TAGS} are allowed.")]
    return [
        Fault(f"/tags/{index}", f"A tag has 1 to {_TAG_CHARACTERS} characters.")
        for index, tag in enumerate(tags)
        if not 0 < len(tag) <= _TAG_CHARACTERS
    ]


_FIELD_RULES = {"name": _name_faults, "description": _description_faults, "tags": _tags_faults}
