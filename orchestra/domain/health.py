"""How the parts of the system are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class CheckStatus(StrEnum):
    PASS = "pass"  # noqa: S105 - a status, not a password
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One part's state; the response time in milliseconds was measured, or is None where nothing is asked."""

    status: CheckStatus
    message: str
    response_ms: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Health:
    checks: Mapping[str, HealthCheck]
    uptime_ms: int
    metrics: Mapping[str, Any]

    @property
    def status(self) -> str:
        """healthy, degraded (a warning) or unhealthy (something failed)."""
        statuses = {check.status for check in self.checks.values()}
        if CheckStatus.FAIL in statuses:
            return "unhealthy"
        return "degraded" if CheckStatus.WARN in statuses else "healthy"
