"""Schedules: when an agent runs by itself, and what became of each time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from orchestra.domain.executions import DeploymentEnvironment


class Overlap(StrEnum):
    """What to do when the execution before is still under way."""

    SKIP = "skip"
    QUEUE = "queue"
    CANCEL_RUNNING = "cancel_running"


class MissedPolicy(StrEnum):
    """What to do about ticks at which no server was there."""

    SKIP = "skip"
    RUN_ONCE = "run_once"
    RUN_ALL = "run_all"


class TickOutcome(StrEnum):
    STARTED = "started"
    QUEUED = "queued"
    SKIPPED = "skipped"
    MISSED = "missed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Timing:
    """When: by one of `cron`, `interval_seconds` (counted from `starts_at`) or `at`; in an IANA zone.

    A tick is named by its due time; it fires up to `jitter_seconds` later, the same for the same tick.
    """

    cron: str | None = None
    interval_seconds: float | None = None
    at: datetime | None = None
    timezone: str = "UTC"
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    jitter_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Tick:
    """A due time that is settled, and how."""

    due_at: datetime
    outcome: TickOutcome
    recorded_at: datetime
    execution_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule as stored; `next_due_at` is the first tick that is not settled, None if none is to come."""

    id: str
    owner_id: str
    agent_id: str
    agent_name: str
    name: str
    timing: Timing
    created_at: datetime
    updated_at: datetime
    overlap: Overlap = Overlap.SKIP
    missed: MissedPolicy = MissedPolicy.RUN_ONCE
    missed_limit: int = 10
    input: Mapping[str, Any] | None = None
    configuration: Mapping[str, Any] | None = None
    environment: DeploymentEnvironment = DeploymentEnvironment.DEVELOPMENT
    is_paused: bool = False
    next_due_at: datetime | None = None
    last_tick: Tick | None = None
    priority: int = 0
