"""Limits that the engine puts on one execution, whatever its framework."""

from collections.abc import Mapping
from dataclasses import dataclass
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


def limits_of(configuration: Mapping[str, Any]) -> Limits:
    """The limits named under `limits` in a validated agent configuration, the rest by default."""
    given = cast(Mapping[str, Any], configuration.get("limits") or {})
    default = Limits()
    return Limits(
        timeout_seconds=float(given.get("timeoutSeconds", default.timeout_seconds)),
        grace_seconds=float(given.get("graceSeconds", default.grace_seconds)),
        soft_stop_seconds=float(given.get("softStopSeconds", default.soft_stop_seconds)),
        max_concurrent=given.get("maxConcurrent"),
    )
