"""Agents and their versions: make, change, hold and delete them."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict

from orchestra.client.answers import read_tag
from orchestra.client.calls import Listing, Request, paged
from orchestra.client.executions import Confirmation, Execution
from orchestra.client.fields import body_of, header_value, path_of
from orchestra.client.groups import D, Group, operation, series

AgentStatus = Literal["IDLE", "RUNNING", "PAUSED", "STOPPED", "ERROR", "DEPLOYING"]


class Agent(TypedDict):
    """`avgExecutionTime` is in milliseconds, times are ISO 8601; `needs` is what to follow while it is DEPLOYING."""

    id: str
    name: str
    description: NotRequired[str]
    framework: str
    needs: str
    status: AgentStatus
    statusReason: NotRequired[str]
    configuration: dict[str, Any]
    tags: list[str]
    isActive: bool
    version: int
    configurationId: NotRequired[str]
    totalExecutions: int
    successfulExecutions: int
    avgExecutionTime: NotRequired[float]
    lastExecutedAt: NotRequired[str]
    createdAt: str
    updatedAt: str


class Count(TypedDict):
    executions: int


class AgentDetailed(Agent):
    """With its newest executions."""

    executions: list[Execution]
    _count: Count


class AgentVersion(TypedDict):
    version: int
    configuration: dict[str, Any]
    authorId: NotRequired[str]
    createdAt: str


class Agents(Group[D]):
    @series
    def list(
        self, *, framework: str | None = None, status: AgentStatus | None = None, limit: int | None = None
    ) -> Listing[Agent]:
        """Agents, the newest first; all of them, or the first `limit`."""
        return paged(path_of("agents"), "agents", limit, {"framework": framework, "status": status})

    @operation
    def create(
        self,
        name: str,
        framework: str,
        *,
        configuration: Mapping[str, Any] | None = None,
        configuration_id: str | None = None,
        description: str | None = None,
        tags: Sequence[str] | None = None,
        is_active: bool | None = None,
    ) -> Request[Agent]:
        """Make an agent: with a configuration, with a saved one, or, without either, as a draft."""
        body = body_of(
            name=name,
            framework=framework,
            configuration=configuration,
            configuration_id=configuration_id,
            description=description,
            tags=tags,
            is_active=is_active,
        )
        return Request("POST", path_of("agents"), body=body)

    @operation
    def get(self, agent_id: str) -> Request[AgentDetailed]:
        """The agent, with its newest executions."""
        return Request("GET", path_of("agents", agent_id))

    @operation
    def etag(self, agent_id: str) -> Request[str]:
        """What names all that can be edited of it, as it is: ask for it first, then `get`, then `update` with it."""
        return Request("GET", path_of("agents", agent_id), read=read_tag)

    @operation
    def update(
        self,
        agent_id: str,
        *,
        version: int | None = None,
        if_match: str | None = None,
        name: str | None = None,
        description: str | None = None,
        configuration: Mapping[str, Any] | None = None,
        tags: Sequence[str] | None = None,
        is_active: bool | None = None,
    ) -> Request[Agent]:
        """Change what is given; ApiError `version_conflict` if the agent's version is not the one that is named.

        Stricter is `if_match`, its `etag` from before: ApiError `precondition_failed` if it has another by now.
        """
        body = body_of(
            version=version,
            name=name,
            description=description,
            configuration=configuration,
            tags=tags,
            is_active=is_active,
        )
        headers = {} if if_match is None else {"If-Match": header_value("ETag", if_match)}
        return Request("PUT", path_of("agents", agent_id), body=body, headers=headers)

    @operation
    def delete(self, agent_id: str) -> Request[Confirmation]:
        """Delete it with its executions; what runs is cancelled."""
        return Request("DELETE", path_of("agents", agent_id))

    @operation
    def pause(self, agent_id: str) -> Request[Agent]:
        """Keep its schedules from firing."""
        return Request("POST", path_of("agents", agent_id, "pause"))

    @operation
    def resume(self, agent_id: str) -> Request[Agent]:
        """Let its schedules fire again."""
        return Request("POST", path_of("agents", agent_id, "resume"))

    @operation
    def stop(self, agent_id: str) -> Request[Agent]:
        """Cancel what runs, and let nothing start."""
        return Request("POST", path_of("agents", agent_id, "stop"))

    @operation
    def start(self, agent_id: str) -> Request[Agent]:
        """Let it start executions again (`client.executions.start` starts one)."""
        return Request("POST", path_of("agents", agent_id, "start"))

    @operation
    def deploy(self, agent_id: str) -> Request[Agent]:
        """Begin to install what its framework needs; `client.frameworks.wait` waits for the end of that."""
        return Request("POST", path_of("agents", agent_id, "deploy"))

    @series
    def versions(self, agent_id: str, *, limit: int | None = None) -> Listing[AgentVersion]:
        """The configurations that it has had, the newest first."""
        return paged(path_of("agents", agent_id, "versions"), "versions", limit)

    @operation
    def version(self, agent_id: str, version: int) -> Request[AgentVersion]:
        """One of its versions."""
        return Request("GET", path_of("agents", agent_id, "versions", version))

    @operation
    def restore(self, agent_id: str, version: int) -> Request[Agent]:
        """Give it an earlier configuration again, as its next version."""
        return Request("POST", path_of("agents", agent_id, "versions", version, "restore"))
