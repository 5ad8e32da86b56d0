"""Limits that the engine puts on one execution, whatever its framework."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from orchestra.domain.budgets import Caps

OURS = frozenset({"limits", "retries", "packages"})  # names in an agent's configuration that no framework sees

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
            "description": "In dollars. A model call that may cost more than what is left is not made, and the "
            "execution fails. It counts what is known: calls of models without a price count as nothing.",
            "minimum": 0,
        },
        "maxTokens": {
            "type": "integer",
            "title": "Tokens",
            "description": "A model call that may use more tokens than are left is not made, and the execution fails.",
            "minimum": 0,
        },
        "maxModelCalls": {
            "type": "integer",
            "title": "Model calls",
            "description": "The execution fails when it wants to call models more often.",
            "minimum": 0,
        },
        "budgetWarningPercent": {
            "type": "number",
            "title": "Budget warning in percent",
            "description": "A warning is written into the log once so much of the budget for cost, tokens or model "
            "calls is used.",
            "exclusiveMinimum": 0,
            "maximum": 100,
            "default": 80,
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
    budget_warning_percent: float = 80.0


def caps_of(limits: Limits) -> Caps:
    """What one execution may spend on models."""
    return Caps(limits.max_cost, limits.max_tokens, limits.max_model_calls)


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
        budget_warning_percent=float(given.get("budgetWarningPercent", default.budget_warning_percent)),
    )
