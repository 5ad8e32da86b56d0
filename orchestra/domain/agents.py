"""Agents: what a person has configured to run."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypedDict


class AgentStatus(StrEnum):
    IDLE = "IDLE"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    ERROR = "ERROR"
    DEPLOYING = "DEPLOYING"
    STOPPED = "STOPPED"


@dataclass(frozen=True, slots=True)
class AgentStatistics:
    """What the agent's executions add up to."""

    total: int = 0
    successful: int = 0
    average_ms: float | None = None
    last_executed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent as stored; times are UTC.

    `version` numbers its configuration; `hold` is PAUSED or STOPPED if its owner wished so; `configuration_id` names
    the saved configuration or the sample that it was made from; `status_reason` says why its framework is not there.
    """

    id: str
    owner_id: str
    name: str
    framework: str
    configuration: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    tags: tuple[str, ...] = ()
    is_active: bool = True
    status: AgentStatus = AgentStatus.IDLE
    statistics: AgentStatistics = AgentStatistics()
    version: int = 1
    hold: AgentStatus | None = None
    configuration_id: str | None = None
    status_reason: str | None = None

    @property
    def edition(self) -> str:
        """Names what its owner may change of it, as it is: another one after each change, but not after a run."""
        return f"{self.version}-{self.updated_at.timestamp() * 1_000_000:.0f}"

    def is_any_of(self, editions: Collection[str]) -> bool:
        """Whether it is as one of these editions, or of these versions of its configuration."""
        return self.edition in editions or str(self.version) in editions


@dataclass(frozen=True, slots=True)
class Deployment:
    """A framework that its agents wait for (DEPLOYING), or that could not be installed (ERROR, with the reason)."""

    framework: str
    status: AgentStatus
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class AgentVersion:
    """A configuration that an agent had; `author_id` is who gave it that."""

    agent_id: str
    version: int
    configuration: Mapping[str, Any]
    created_at: datetime
    author_id: str | None = None


class AgentChanges(TypedDict, total=False):
    """What may be changed of an agent; what is absent stays as it is."""

    name: str
    description: str | None
    configuration: Mapping[str, Any]
    tags: Sequence[str]
    is_active: bool


HOLDS = frozenset({AgentStatus.PAUSED, AgentStatus.STOPPED})


def status_of(
    running: int, last_ended: str | None, hold: AgentStatus | None = None, deployment: AgentStatus | None = None
) -> AgentStatus:
    """The true status of an agent with so many running executions, whose newest ended one has that status.

    `hold` is its owner's wish, PAUSED or STOPPED; it shows once nothing runs any more. `deployment` is DEPLOYING or
    ERROR as long as its framework is being installed, or could not be.
    """
    if running:
        return AgentStatus.RUNNING
    if hold is not None:
        return hold
    if deployment is not None:
        return deployment
    return AgentStatus.ERROR if last_ended in {"FAILED", "TIMEOUT"} else AgentStatus.IDLE
