"""/agents"""

from typing import Annotated, cast

from fastapi import Header, Path, Query, Response

from orchestra.api.answers import repeatable
from orchestra.api.deps import PrincipalDep, ServicesDep
from orchestra.api.refusals import CHANGED, CONFLICT, INVALID, UNKNOWN
from orchestra.api.routing import prompt, router_for
from orchestra.api.schemas import (
    AgentDetailedOut,
    AgentOut,
    AgentsOut,
    AgentVersionOut,
    AgentVersionsOut,
    CountOut,
    CreateAgentIn,
    ExecutionOut,
    MessageOut,
    PaginationOut,
    UpdateAgentIn,
)
from orchestra.api.tags import parse_if_match, tag_of
from orchestra.domain.agents import AgentChanges, AgentStatus
from orchestra.services.agents import AgentDraft

VersionNumber = Annotated[int, Path(ge=1, le=1_000_000_000)]

router = router_for("Agents", "/agents")


@router.get("", responses=INVALID, summary="List agents")
@repeatable
def list_agents(
    services: ServicesDep,
    principal: PrincipalDep,
    framework: str | None = None,
    status: AgentStatus | None = None,
    page: Annotated[int, Query(ge=1, le=1_000_000_000)] = 1,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
) -> AgentsOut:
    if framework is not None:
        services.frameworks.get(framework)
    found = services.agents.list(principal, framework=framework, status=status, page=page, limit=limit)
    agents = [AgentOut.of_agent(agent) for agent in found.items]
    return AgentsOut(agents=agents, pagination=PaginationOut.of_page(found))


@router.post("", status_code=201, responses=INVALID | UNKNOWN, summary="Create agent")
def create_agent(services: ServicesDep, principal: PrincipalDep, body: CreateAgentIn) -> AgentOut:
    draft = AgentDraft(
        name=body.name,
        framework=body.framework,
        configuration=body.configuration,
        description=body.description,
        tags=body.tags or (),
        is_active=body.is_active,
        configuration_id=body.configuration_id,
    )
    return AgentOut.of_agent(services.agents.create(principal, draft))


@router.get("/{agent_id}", responses=UNKNOWN, summary="Get agent")
@repeatable
@prompt
def get_agent(services: ServicesDep, principal: PrincipalDep, agent_id: str, response: Response) -> AgentDetailedOut:
    agent = services.agents.get(principal, agent_id)
    newest = services.agents.newest_executions(principal, agent_id)
    response.headers["ETag"] = tag_of(agent.edition)
    return AgentDetailedOut.of_agent(
        agent,
        executions=[ExecutionOut.of_execution(execution) for execution in newest],
        count=CountOut(executions=agent.statistics.total),
    )


@router.put("/{agent_id}", responses=INVALID | UNKNOWN | CONFLICT | CHANGED, summary="Update agent")
def update_agent(
    services: ServicesDep,
    principal: PrincipalDep,
    agent_id: str,
    body: UpdateAgentIn,
    response: Response,
    if_match: Annotated[
        str | None, Header(description="An ETag of the agent: refuse the change if it has another.")
    ] = None,
) -> AgentOut:
    named = body.model_fields_set - {"version"}
    changes = cast(AgentChanges, {name: getattr(body, name) for name in named})
    editions = parse_if_match(if_match)
    agent = services.agents.update(principal, agent_id, changes, version=body.version, editions=editions)
    response.headers["ETag"] = tag_of(agent.edition)
    return AgentOut.of_agent(agent)


@router.delete("/{agent_id}", responses=UNKNOWN, summary="Delete agent with its executions")
def delete_agent(services: ServicesDep, principal: PrincipalDep, agent_id: str) -> MessageOut:
    if services.agents.delete(principal, agent_id):
        return MessageOut(message="The agent was deleted, with its executions.")
    return MessageOut(message="The agent was deleted. Its executions are being stopped, and go with it.")


@router.post(
    "/{agent_id}/pause",
    responses=UNKNOWN | CONFLICT,
    summary="Keep the agent's schedules from firing",
)
def pause_agent(services: ServicesDep, principal: PrincipalDep, agent_id: str) -> AgentOut:
    return AgentOut.of_agent(services.agents.pause(principal, agent_id))


@router.post(
    "/{agent_id}/resume",
    responses=UNKNOWN | CONFLICT,
    summary="Let the agent's schedules fire again",
)
def resume_agent(services: ServicesDep, principal: PrincipalDep, agent_id: str) -> AgentOut:
    return AgentOut.of_agent(services.agents.resume(principal, agent_id))


@router.post(
    "/{agent_id}/stop",
    responses=UNKNOWN,
    summary="Cancel what runs, and let nothing start",
)
def stop_agent(services: ServicesDep, principal: PrincipalDep, agent_id: str) -> AgentOut:
    return AgentOut.of_agent(services.agents.stop(principal, agent_id))


@router.post(
    "/{agent_id}/start",
    responses=UNKNOWN | CONFLICT,
    summary="Let the agent start executions again",
)
def start_agent(services: ServicesDep, principal: PrincipalDep, agent_id: str) -> AgentOut:
    return AgentOut.of_agent(services.agents.start(principal, agent_id))


@router.post(
    "/{agent_id}/deploy",
    status_code=202,
    responses=UNKNOWN | INVALID,
    summary="Have what the agent needs installed; it is DEPLOYING meanwhile",
)
def deploy_agent(services: ServicesDep, principal: PrincipalDep, agent_id: str) -> AgentOut:
    return AgentOut.of_agent(services.agents.deploy(principal, agent_id))


@router.get(
    "/{agent_id}/versions",
    responses=INVALID | UNKNOWN,
    summary="List the configurations that the agent has had",
)
@repeatable
def list_versions(
    services: ServicesDep,
    principal: PrincipalDep,
    agent_id: str,
    page: Annotated[int, Query(ge=1, le=1_000_000_000)] = 1,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> AgentVersionsOut:
    found = services.agents.versions(principal, agent_id, page=page, limit=limit)
    versions = [AgentVersionOut.of_version(version) for version in found.items]
    return AgentVersionsOut(versions=versions, pagination=PaginationOut.of_page(found))


@router.get(
    "/{agent_id}/versions/{version}",
    responses=INVALID | UNKNOWN,
    summary="Get one version",
)
@repeatable
def get_version(
    services: ServicesDep, principal: PrincipalDep, agent_id: str, version: VersionNumber
) -> AgentVersionOut:
    return AgentVersionOut.of_version(services.agents.version(principal, agent_id, version))


@router.post(
    "/{agent_id}/versions/{version}/restore",
    responses=INVALID | UNKNOWN | CONFLICT,
    summary="Give the agent an earlier configuration again, as its next version",
)
def restore_version(services: ServicesDep, principal: PrincipalDep, agent_id: str, version: VersionNumber) -> AgentOut:
    return AgentOut.of_agent(services.agents.restore(principal, agent_id, version))
