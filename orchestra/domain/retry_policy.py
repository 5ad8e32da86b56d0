"""Whether and when an execution that failed is tried again: the policy in its agent's configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from orchestra.domain.executions import FailureClass

# What trying again cannot mend, and what a person has ended, is never tried again.
RETRYABLE = tuple(
    failure
    for failure in FailureClass
    if failure not in {FailureClass.CONFIGURATION, FailureClass.BUDGET, FailureClass.CANCELLED}
)
DEFAULT_FAILURES = (FailureClass.MODEL_UNREACHABLE, FailureClass.WORKER_KILLED, FailureClass.LOST)

RETRIES_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "title": "Retries",
    "description": "Whether AgentOrchestra tries again what failed. Each attempt has the whole timeout.",
    "additionalProperties": False,
    "properties": {
        "attempts": {
            "type": "integer",
            "title": "Attempts",
            "description": "How often it is tried in all; 1 means that nothing is tried again.",
            "minimum": 1,
            "maximum": 100,
            "default": 1,
        },
        "backoffSeconds": {
            "type": "number",
            "title": "Pause in seconds",
            "description": "The pause before the second attempt.",
            "minimum": 0,
            "maximum": 86400,
            "default": 5,
        },
        "factor": {
            "type": "number",
            "title": "Factor",
            "description": "How many times longer each further pause is.",
            "minimum": 1,
            "maximum": 10,
            "default": 2,
        },
        "maximumSeconds": {
            "type": "number",
            "title": "Longest pause in seconds",
            "description": "No pause is longer than this.",
            "minimum": 0,
            "maximum": 86400,
            "default": 300,
        },
        "jitter": {
            "type": "number",
            "title": "Jitter",
            "description": "Up to which share of itself a pause is shortened by chance, so that not all come at once.",
            "minimum": 0,
            "maximum": 1,
            "default": 0.2,
        },
        "failures": {
            "type": "array",
            "title": "Failures",
            "description": "After which failures it is tried again.",
            "items": {"type": "string", "enum": [failure.value for failure in RETRYABLE]},
            "uniqueItems": True,
            "default": [failure.value for failure in DEFAULT_FAILURES],
        },
    },
}


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`jitter` is the share of a pause that chance may take away."""

    attempts: int = 1
    backoff_seconds: float = 5.0
    factor: float = 2.0
    maximum_seconds: float = 300.0
    jitter: float = 0.2
    failures: frozenset[FailureClass] = frozenset(DEFAULT_FAILURES)


def retry_policy_of(configuration: Mapping[str, Any]) -> RetryPolicy:
    """The policy named under `retries` in a validated agent configuration, the rest by default."""
    given = cast(Mapping[str, Any], configuration.get("retries") or {})
    default = RetryPolicy()
    named = given.get("failures")
    return RetryPolicy(
        attempts=int(given.get("attempts", default.attempts)),
        backoff_seconds=float(given.get("backoffSeconds", default.backoff_seconds)),
        factor=float(given.get("factor", default.factor)),
        maximum_seconds=float(given.get("maximumSeconds", default.maximum_seconds)),
        jitter=float(given.get("jitter", default.jitter)),
        failures=default.failures if named is None else frozenset(map(FailureClass, named)),
    )
