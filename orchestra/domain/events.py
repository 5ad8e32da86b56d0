"""What happens while an execution runs, and what changed for whoever watches."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class LogLevel(StrEnum):
    DEBUG = "DEBUG"
    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"
    FATAL = "FATAL"


class EventKind(StrEnum):
    """The kinds a journal may hold; docs/worker-protocol.md says what `data` each carries."""

    STATUS = "status"
    BEGIN = "begin"
    LOG = "log"
    MESSAGE = "message"
    TOKEN = "token"  # noqa: S105 - a piece of a model's reply, not a secret
    STEP_STARTED = "step_started"
    STEP_ENDED = "step_ended"
    USAGE = "usage"
    GRAPH = "graph"
    QUESTION = "question"
    ANSWER = "answer"
    OUTPUT = "output"
    END = "end"


@dataclass(frozen=True, slots=True)
class Event:
    """One line of an execution's journal. (number, attempt, seq) is unique and orders it; `at` is epoch seconds."""

    number: int
    attempt: int
    seq: int
    at: float
    kind: EventKind
    level: LogLevel | None = None
    message: str | None = None
    step: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def position(self) -> str:
        """The event's id within its execution, as streams and logs show it."""
        return f"{self.attempt}-{self.seq}"


@dataclass(frozen=True, slots=True)
class ExecutionChanged:
    """An execution has a new status, or new totals."""

    execution_id: str
    agent_id: str
    owner_id: str
    status: str


@dataclass(frozen=True, slots=True)
class ScheduleChanged:
    """A schedule was made, changed or deleted, or ticks of it were settled."""

    schedule_id: str
    owner_id: str


@dataclass(frozen=True, slots=True)
class AgentChanged:
    """An agent was made, changed or deleted."""

    agent_id: str
    owner_id: str
    what: str


@dataclass(frozen=True, slots=True)
class WebhookChanged:
    """A webhook was changed, or something waits to be sent to it."""

    webhook_id: str
    owner_id: str


Change = AgentChanged | ExecutionChanged | ScheduleChanged | WebhookChanged
