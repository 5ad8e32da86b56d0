"""Limits that the engine puts on one execution, whatever its framework."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

OURS = frozenset({"limits", "retries"})  # names in an agent's configuration that no framework sees

LIMITS_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "title": "Limits",
    "description": "Enforced by AgentOrchestra from outside, whatever the framework does.",
    "additionalProperties": False,
    "properties": {
        "timeoutSeconds": {
            "type": "number",
            "title": "Timeout in seconds",
            "description": "The execution ends as TIMEOUT after this time.",
            "exclusiveMinimum": 0,
            "maximum": 604800,
            "default": 3600,
        },
        "idleTimeoutSeconds": {
            "type": "number",
            "title": "Idle timeout in seconds",
            "description": "The execution ends as TIMEOUT if nothing is heard of it for so long. Left out: no limit.",
            "exclusiveMinimum": 0,
            "maximum": 604800,
        },
        "memoryMegabytes": {
            "type": "number",
            "title": "Memory in megabytes",
            "description": "The execution fails if its processes together take more. Left out: no limit.",
            "exclusiveMinimum": 0,
        },
        "maxCost": {
            "type": "number",
            "title": "Cost",
            "description": "No model is called any more once the execution has cost so much, and it fails. It counts "
            "what is known: calls of models without a price count as nothing.",
            "minimum": 0,
        },
        "maxTokens": {
            "type": "integer",
            "title": "Tokens",
            "description": "No model is called any more once so many tokens were used, and the execution fails.",
            "minimum": 0,
        },
        "maxModelCalls": {
            "type": "integer",
            "title": "Model calls",
            "description": "The execution fails when it wants to call models more often.",
            "minimum": 0,
        },
        "softStopSeconds": {
            "type": "number",
            "title": "Soft stop in seconds",
            "description": "How long the framework's own way of stopping may take before the worker gets SIGTERM.",
            "minimum": 0,
            "maximum": 300,
            "default": 2,
        },
        "graceSeconds": {
            "type": "number",
            "title": "Grace in seconds",
            "description": "How long a stopped run may tidy up, in all, before its processes are killed.",
            "minimum": 0,
            "maximum": 300,
            "default": 5,
        },
        "maxConcurrent": {
            "type": "integer",
            "title": "At once",
            "description": "How many executions of this agent run at once; left out, as many as there are slots.",
            "minimum": 1,
            "maximum": 1000,
        },
    },
}


@dataclass(frozen=True, slots=True)
class Limits:
    timeout_seconds: float = 3600.0
    grace_seconds: float = 5.0
    soft_stop_seconds: float = 2.0
    max_concurrent: int | None = None
    idle_timeout_seconds: float | None = None
    memory_megabytes: float | None = None
    max_cost: float | None = None
    max_tokens: int | None = None
    max_model_calls: int | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """What an execution's model calls add up to, over all of its attempts; the cost as far as it is known."""

    cost: float = 0.0
    tokens: int = 0
    calls: int = 0


class Budget(StrEnum):
    """What may be used up."""

    COST = "cost"
    TOKENS = "tokens"
    CALLS = "calls"


def used_up(limits: Limits, spent: Spent) -> Budget | None:
    """What does not allow for another model call, if anything does not."""
    if limits.max_model_calls is not None and spent.calls >= limits.max_model_calls:
        return Budget.CALLS
    if limits.max_tokens is not None and spent.tokens >= limits.max_tokens:
        return Budget.TOKENS
    if limits.max_cost is not None and spent.cost >= limits.max_cost:
        return Budget.COST
    return None


def budget_sentence(limits: Limits, budget: Budget) -> str:
    """Why no model is called any more, and what to do."""
    most = {
        Budget.COST: f"{limits.max_cost or 0:,g} for models",
        Budget.TOKENS: f"{limits.max_tokens or 0:,} tokens",
        Budget.CALLS: f"{limits.max_model_calls or 0:,} model calls",
    }
    return f"The budget of {most[budget]} is used up. Raise it in the agent's limits, or give the agent less to do."


def limits_of(configuration: Mapping[str, Any]) -> Limits:
    """The limits named under `limits` in a validated agent configuration, the rest by default."""
    given = cast(Mapping[str, Any], configuration.get("limits") or {})
    default = Limits()
    return Limits(
        timeout_seconds=float(given.get("timeoutSeconds", default.timeout_seconds)),
        grace_seconds=float(given.get("graceSeconds", default.grace_seconds)),
        soft_stop_seconds=float(given.get("softStopSeconds", default.soft_stop_seconds)),
        max_concurrent=given.get("maxConcurrent"),
        idle_timeout_seconds=given.get("idleTimeoutSeconds"),
        memory_megabytes=given.get("memoryMegabytes"),
        max_cost=given.get("maxCost"),
        max_tokens=given.get("maxTokens"),
        max_model_calls=given.get("maxModelCalls"),
    )
