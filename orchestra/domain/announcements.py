"""What webhooks tell of agents, executions and budgets: who, what and when, and nothing that may hold a secret."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orchestra.domain.agents import Agent, AgentStatus
from orchestra.domain.budgets import BudgetState
from orchestra.domain.executions import LAST_LINES, Execution


def facts_of_agent(agent: Agent) -> Mapping[str, Any]:
    """The agent in the field names of the REST contract, without its configuration."""
    agent_facts = {
        "id": agent.id,
        "name": agent.name,
        "framework": agent.framework,
        "status": agent.status.value,
        "isActive": agent.is_active,
        "version": agent.version,
        "createdAt": _text(agent.created_at),
        "updatedAt": _text(agent.updated_at),
    }
    return {"agent": agent_facts}


def facts_of_status_change(agent: Agent, before: AgentStatus) -> Mapping[str, Any]:
    return {**facts_of_agent(agent), "previousStatus": before.value}


def facts_of_execution(execution: Execution) -> Mapping[str, Any]:
    """The execution in the field names of the REST contract, without input, output and configuration."""
    facts = {
        "id": execution.id,
        "status": execution.status.value,
        "agent": {"id": execution.agent_id, "name": execution.agent_name, "framework": execution.framework},
        "trigger": execution.trigger.value,
        "environment": execution.environment.value,
        "reason": None if execution.reason is None else execution.reason.partition(LAST_LINES)[0],
        "duration": execution.duration_ms,
        "tokensUsed": execution.tokens_used,
        "cost": execution.cost,
        "scheduleId": execution.schedule_id,
        "createdAt": _text(execution.created_at),
        "startedAt": _text(execution.started_at),
        "completedAt": _text(execution.completed_at),
    }
    return {"execution": {name: value for name, value in facts.items() if value is not None}}


def facts_of_budget(state: BudgetState) -> Mapping[str, Any]:
    """The budget in the field names of the REST contract, and what was spent of it."""
    budget = state.budget
    facts = {
        "id": budget.id,
        "name": budget.name,
        "scope": budget.scope.value,
        "subjectId": budget.subject_id,
        "period": budget.period.value,
        "maxCost": budget.caps.cost,
        "maxTokens": budget.caps.tokens,
        "maxCalls": budget.caps.calls,
        "since": None if state.since is None else state.since.isoformat(),
    }
    spent = {"cost": state.spent.cost, "tokens": state.spent.tokens, "calls": state.spent.calls}
    known = {name: value for name, value in facts.items() if value is not None}
    return {"budget": {**known, "spent": spent, "percent": round(state.percent, 2)}}


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
