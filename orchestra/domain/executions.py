"""Executions: one run of an agent, from acceptance to its one end."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypedDict


class ExecutionStatus(StrEnum):
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    TIMEOUT = "TIMEOUT"

    @property
    def is_final(self) -> bool:
        return self not in {ExecutionStatus.PENDING, ExecutionStatus.RUNNING}


class Trigger(StrEnum):
    MANUAL = "manual"
    SCHEDULED = "scheduled"
    WEBHOOK = "webhook"


class DeploymentEnvironment(StrEnum):
    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"


class FailureClass(StrEnum):
    """Why an execution did not complete; retries and statistics go by it."""

    CONFIGURATION = "configuration"
    ENVIRONMENT = "environment"
    FRAMEWORK = "framework"
    WORKER_KILLED = "worker_killed"
    LOST = "lost"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """One process for certain: a pid is used again, a pid with its start time (epoch seconds) is not."""

    pid: int
    started: float


@dataclass(frozen=True, slots=True)
class Execution:
    """An execution as stored. `number` rises with every accepted execution; times are UTC."""

    number: int
    id: str
    owner_id: str
    agent_id: str
    agent_name: str
    framework: str
    status: ExecutionStatus
    input: Mapping[str, Any]
    configuration: Mapping[str, Any]
    trigger: Trigger
    environment: DeploymentEnvironment
    created_at: datetime
    attempt: int = 1
    started_at: datetime | None = None
    completed_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    process: ProcessIdentity | None = None
    output: Mapping[str, Any] | None = None
    reason: str | None = None
    failure: FailureClass | None = None
    tokens_used: int = 0
    cost: float | None = None
    agent_version: int | None = None
    retry_of: str | None = None
    schedule_id: str | None = None

    @property
    def duration_ms(self) -> int | None:
        """Milliseconds from start to end; None until it ended, or if it never started."""
        if self.started_at is None or self.completed_at is None:
            return None
        return max(0, round((self.completed_at - self.started_at).total_seconds() * 1000))


class ExecutionFilter(TypedDict, total=False):
    """Which executions are wanted; what is absent or None does not matter.

    They were accepted at `created_from` or later, and before `created_to`.
    """

    agent_id: str | None
    status: ExecutionStatus | Collection[ExecutionStatus] | None
    trigger: Trigger | None
    schedule_id: str | None
    framework: str | None
    environment: DeploymentEnvironment | None
    created_from: datetime | None
    created_to: datetime | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an execution ended, with the reason as a sentence for a person."""

    status: ExecutionStatus
    reason: str
    output: Mapping[str, Any] | None = None
    failure: FailureClass | None = None
