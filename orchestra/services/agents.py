"""What a person can do with agents."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from orchestra.bus import CHANGES, Bus
from orchestra.domain.agents import Agent, AgentChanges, AgentStatus, AgentVersion
from orchestra.domain.events import AgentChanged
from orchestra.domain.executions import Execution
from orchestra.domain.identity import Permission, Principal
from orchestra.domain.pages import Page
from orchestra.errors import Conflict, Fault, Invalid, NotFound, PreconditionFailed, VersionConflict
from orchestra.services.agent_fields import faults_of_fields, refuse
from orchestra.services.configuration import faults_of
from orchestra.services.configurations import ConfigurationService
from orchestra.services.deletions import Deletions
from orchestra.services.environments import EnvironmentService
from orchestra.services.executions import ExecutionService
from orchestra.services.frameworks import FrameworkService
from orchestra_storage.unit import Storage


@dataclass(frozen=True, slots=True)
class AgentDraft:
    """An agent as somebody wants it; without a configuration it is a draft that cannot start yet.

    `configuration_id` names a saved configuration or a sample, over which single fields of `configuration` are put.
    """

    name: str
    framework: str
    configuration: Mapping[str, Any] | None = None
    description: str | None = None
    tags: Sequence[str] = field(default_factory=tuple)
    is_active: bool = True
    configuration_id: str | None = None


class AgentService:
    def __init__(
        self,
        storage: Storage,
        bus: Bus,
        frameworks: FrameworkService,
        configurations: ConfigurationService,
        executions: ExecutionService,
        deletions: Deletions,
        environments: EnvironmentService,
    ) -> None:
        self._storage = storage
        self._bus = bus
        self._frameworks = frameworks
        self._configurations = configurations
        self._executions = executions
        self._deletions = deletions
        self._environments = environments

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
        faults = faults_of_fields({"name": draft.name, "description": draft.description, "tags": list(draft.tags)})
        configuration = self._configuration_of(principal, draft)
        if configuration is not None:
            faults += faults_of(framework, configuration)
        refuse(faults)
        now = datetime.now(UTC)
        agent = Agent(
            id=uuid.uuid4().hex,
            owner_id=principal.user_id,
            name=draft.name,
            framework=framework.id,
            configuration=dict(configuration or {}),
            created_at=now,
            updated_at=now,
            description=draft.description,
            tags=tuple(draft.tags),
            is_active=draft.is_active,
            configuration_id=draft.configuration_id,
        )
        self._frameworks.note_packages(framework, agent.configuration)
        with self._storage.write() as unit:
            unit.agents.add(agent)
            if draft.configuration_id is not None:
                unit.configurations.count_use(draft.configuration_id)
        self._tell(agent, "created")
        return agent

    def _configuration_of(self, principal: Principal, draft: AgentDraft) -> Mapping[str, Any] | None:
        if draft.configuration_id is None:
            return draft.configuration
        base = self._configurations.get(principal, draft.configuration_id)
        if base.framework != draft.framework:
            message = f"'{base.name}' is a configuration of {base.framework}, not of {draft.framework[:60]}."
            raise Invalid(message, [Fault("/configurationId", message)])
        return {**base.configuration, **(draft.configuration or {})}

    def update(
        self,
        principal: Principal,
        agent_id: str,
        changes: AgentChanges,
        *,
        version: int | None = None,
        editions: Collection[str] | None = None,
    ) -> Agent:
        """Change the fields that are named; Invalid with a pointer for each fault.

        VersionConflict if `version` is given and the agent's configuration is another one by now; PreconditionFailed
        if `editions` are given and the agent is none of these.
        """
        principal.require(Permission.WRITE)
        agent = self.get(principal, agent_id)
        faults = faults_of_fields(changes)
        if "configuration" in changes:
            faults += faults_of(self._frameworks.get(agent.framework), changes["configuration"])
        refuse(faults)
        if "configuration" in changes:
            self._frameworks.note_packages(self._frameworks.get(agent.framework), changes["configuration"])
        with self._storage.write() as unit:
            if (now := unit.agents.get(agent_id)) is not None:
                _refuse_changed(now, version, editions)
            unit.agents.update(agent_id, updated_at=datetime.now(UTC), author_id=principal.user_id, **changes)
        self._tell(agent, "updated")
        return self.get(principal, agent_id)

    def pause(self, principal: Principal, agent_id: str) -> Agent:
        """Its schedules do not fire from now on; Conflict if it is stopped."""
        return self._hold(principal, agent_id, AgentStatus.PAUSED, unless=AgentStatus.STOPPED)

    def resume(self, principal: Principal, agent_id: str) -> Agent:
        """Its schedules fire again; Conflict if it is stopped."""
        return self._hold(principal, agent_id, None, unless=AgentStatus.STOPPED)

    def stop(self, principal: Principal, agent_id: str) -> Agent:
        """What runs is cancelled, and nothing of it starts from now on."""
        return self._hold(principal, agent_id, AgentStatus.STOPPED)

    def start(self, principal: Principal, agent_id: str) -> Agent:
        """It may start executions again; Conflict if it is paused."""
        return self._hold(principal, agent_id, None, unless=AgentStatus.PAUSED)

    def _hold(
        self, principal: Principal, agent_id: str, hold: AgentStatus | None, unless: AgentStatus | None = None
    ) -> Agent:
        principal.require(Permission.WRITE)
        agent = self.get(principal, agent_id)
        with self._storage.write() as unit:
            now = unit.agents.get(agent_id)
            if now is not None and now.hold is not None and now.hold is unless:
                lift = "Start" if unless is AgentStatus.STOPPED else "Resume"
                raise Conflict(f"'{now.name}' is {now.hold.value.lower()}. {lift} it first.")
            unit.agents.hold(agent_id, hold, datetime.now(UTC))
            live = unit.executions.live_of(agent_id) if hold is AgentStatus.STOPPED else ()
        self._executions.cancel_all(live)
        self._tell(agent, "updated")
        return self.get(principal, agent_id)

    def deploy(self, principal: Principal, agent_id: str) -> Agent:
        """Have what the agent needs installed: it is DEPLOYING meanwhile, then IDLE, or ERROR with a reason."""
        principal.require(Permission.WRITE)
        agent = self.get(principal, agent_id)
        self._frameworks.get(agent.framework)
        self._environments.deploy(principal, agent)
        return self.get(principal, agent_id)

    def versions(self, principal: Principal, agent_id: str, *, page: int = 1, limit: int = 20) -> Page[AgentVersion]:
        """The configurations that the agent has had, the newest first."""
        self.get(principal, agent_id)
        with self._storage.read() as unit:
            return unit.agents.versions(agent_id, page=page, limit=limit)

    def version(self, principal: Principal, agent_id: str, version: int) -> AgentVersion:
        self.get(principal, agent_id)
        with self._storage.read() as unit:
            found = unit.agents.version(agent_id, version)
        if found is None:
            raise NotFound("version", str(version))
        return found

    def restore(self, principal: Principal, agent_id: str, version: int) -> Agent:
        """Give the agent the configuration of an earlier version, as its next one."""
        earlier = self.version(principal, agent_id, version)
        return self.update(principal, agent_id, {"configuration": earlier.configuration})

    def delete(self, principal: Principal, agent_id: str) -> bool:
        """Delete an agent with its executions, logs and files; from now on nobody sees it, and what runs is stopped.

        True if it is gone; else the rest is finished behind the caller's back, at the next start if need be.
        """
        principal.require(Permission.WRITE)
        agent = self.get(principal, agent_id)
        is_gone = self._deletions.begin(agent)
        self._tell(agent, "deleted")
        return is_gone

    def _tell(self, agent: Agent, what: str) -> None:
        self._bus.publish(CHANGES, AgentChanged(agent.id, agent.owner_id, what))


def _refuse_changed(now: Agent, version: int | None, editions: Collection[str] | None) -> None:
    if version not in {None, now.version}:
        raise VersionConflict(
            f"The agent was changed meanwhile: its configuration is version {now.version}, not {version}. "
            "Load it again, and make your change there.",
            {"version": now.version},
        )
    if editions is not None and not now.is_any_of(editions):
        raise PreconditionFailed(
            "The agent was changed since you have read it. Load it again, and make your change there.",
            {"version": now.version},
        )
