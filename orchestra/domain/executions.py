"""Executions: one run of an agent, from acceptance to its one end."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypedDict

from orchestra.domain.questions import Question

LAST_LINES = " Its last lines:"
"""In a reason, what follows this was printed by the worker."""


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
    MODEL_REFUSED = "model_refused"
    MODEL_UNREACHABLE = "model_unreachable"
    BUDGET = "budget"
    FRAMEWORK = "framework"
    WORKER_KILLED = "worker_killed"
    LOST = "lost"
    UNANSWERED = "unanswered"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """One process for certain: a pid is used again, a pid with the time of its start is not.

    That time is by the boot clock in ticks on Linux, elsewhere in seconds since 1970.
    """

    pid: int
    started: float


@dataclass(frozen=True, slots=True)
class PastAttempt:
    """An attempt that ended, but did not end its execution; `failure` is why it did not complete."""

    number: int
    started_at: datetime | None
    ended_at: datetime
    failure: FailureClass | None
    reason: str


@dataclass(frozen=True, slots=True)
class Execution:
    """An execution as stored. `number` rises with every accepted execution; times are UTC.

    `started_at` is when its first attempt started. `next_attempt_at` is set while it waits to be tried again.
    `waiting_for` are the questions that nobody has answered yet. `cost` is what its model calls cost in dollars, None
    as soon as that of one is not known; `known_cost` is that of the others. `key_id` is the API key that started it.
    """

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
    model_calls: int = 0
    cost: float | None = None
    agent_version: int | None = None
    retry_of: str | None = None
    schedule_id: str | None = None
    attempt_started_at: datetime | None = None
    next_attempt_at: datetime | None = None
    priority: int = 0
    waiting_for: tuple[Question, ...] = ()
    known_cost: float = 0.0
    key_id: str | None = None

    @property
    def attempt_began(self) -> datetime | None:
        """When the attempt under way, or the last one, started."""
        return self.attempt_started_at if self.attempt_started_at is not None else self.started_at

    @property
    def has_attempt(self) -> bool:
        """Whether the attempt with its number has started; not while it waits for its turn."""
        return self.attempt_began is not None and (self.attempt == 1 or self.attempt_started_at is not None)

    @property
    def duration_ms(self) -> int | None:
        """Milliseconds from the first attempt's start to the end, waits between attempts included.

        None until it ended, or if it never started.
        """
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


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a run may not go on, as a sentence, when somebody else than the engine says so."""

    reason: str
    failure: FailureClass
