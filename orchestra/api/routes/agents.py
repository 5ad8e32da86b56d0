"""/agents"""

from typing import Annotated, cast

from fastapi import APIRouter, Query

from orchestra.api.deps import PrincipalDep, ServicesDep
from orchestra.api.refusals import INVALID, UNAUTHENTICATED, UNKNOWN
from orchestra.api.schemas import (
    AgentDetailedOut,
    AgentOut,
    AgentsOut,
    CountOut,
    CreateAgentIn,
    ExecutionOut,
    MessageOut,
    PaginationOut,
    UpdateAgentIn,
)
from orchestra.domain.agents import AgentChanges, AgentStatus
from orchestra.services.agents import AgentDraft

router = APIRouter(prefix="/agents", tags=["Agents"], responses=UNAUTHENTICATED)


@router.get("", responses=INVALID, response_model_exclude_unset=True, summary="List agents")
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


@router.post("", status_code=201, responses=INVALID, response_model_exclude_unset=True, summary="Create agent")
def create_agent(services: ServicesDep, principal: PrincipalDep, body: CreateAgentIn) -> AgentOut:
    draft = AgentDraft(
        name=body.name,
        framework=body.framework,
        configuration=body.configuration,
        description=body.description,
        tags=body.tags or (),
        is_active=body.is_active,
    )
    return AgentOut.of_agent(services.agents.create(principal, draft))


@router.get("/{agent_id}", responses=UNKNOWN, response_model_exclude_unset=True, summary="Get agent")
def get_agent(services: ServicesDep, principal: PrincipalDep, agent_id: str) -> AgentDetailedOut:
    agent = services.agents.get(principal, agent_id)
    newest = services.agents.newest_executions(principal, agent_id)
    return AgentDetailedOut.of_agent(
        agent,
        executions=[ExecutionOut.of_execution(execution) for execution in newest],
        count=CountOut(executions=agent.statistics.total),
    )


@router.put("/{agent_id}", responses=INVALID | UNKNOWN, response_model_exclude_unset=True, summary="Update agent")
def update_agent(services: ServicesDep, principal: PrincipalDep, agent_id: str, body: UpdateAgentIn) -> AgentOut:
    changes = cast(AgentChanges, {name: getattr(body, name) for name in body.model_fields_set})
    return AgentOut.of_agent(services.agents.update(principal, agent_id, changes))


@router.delete("/{agent_id}", responses=UNKNOWN, summary="Delete agent with its executions")
def delete_agent(services: ServicesDep, principal: PrincipalDep, agent_id: str) -> MessageOut:
    services.agents.delete(principal, agent_id)
    return MessageOut(message="The agent was deleted, with its executions.")
