"""Decides whether an attempt that failed is followed by another, and when; time and chance are given."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from orchestra.domain.events import Event, EventKind
from orchestra.domain.executions import ExecutionStatus, FailureClass, Outcome
from orchestra.domain.retry_policy import RETRYABLE, RetryPolicy
from orchestra.engine.lifecycle import spoken


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """The next attempt's number, and the moment (UTC) before which it does not begin."""

    attempt: int
    at: datetime


def decide_retry(
    outcome: Outcome, attempt: int, policy: RetryPolicy, now: datetime, chance: float
) -> RetryDecision | None:
    """The next attempt after the one with this number, which ended so; None if this is the end.

    `chance` is between 0 and 1 and decides how much of the jitter the pause loses.
    """
    if outcome.status not in {ExecutionStatus.FAILED, ExecutionStatus.TIMEOUT} or attempt >= policy.attempts:
        return None
    if outcome.failure not in RETRYABLE or outcome.failure not in policy.failures:
        return None
    return RetryDecision(attempt + 1, now + timedelta(seconds=pause_seconds(attempt, policy, chance)))


def pause_seconds(attempt: int, policy: RetryPolicy, chance: float) -> float:
    """The pause behind the attempt with this number."""
    # A large power is no number any more; what it would be cut down to is known before.
    growth = policy.factor ** min(attempt - 1, 50)
    longest = min(policy.backoff_seconds * growth, policy.maximum_seconds)
    return longest * (1 - policy.jitter * chance)


def announcement(
    outcome: Outcome, attempt: int, policy: RetryPolicy, retry: RetryDecision, now: datetime
) -> tuple[str, dict[str, Any]]:
    """Message and data of the event that ends an attempt but not its execution: its status is no final one."""
    pause = max(0.0, (retry.at - now).total_seconds())
    message = (
        f"Attempt {attempt} of {policy.attempts} failed; attempt {retry.attempt} begins in {spoken(pause)}. "
        f"{outcome.reason}"
    )
    data: dict[str, Any] = {
        "status": ExecutionStatus.PENDING.value,
        "attemptStatus": outcome.status.value,
        "reason": outcome.reason,
        "nextAttempt": retry.attempt,
        "nextAttemptAt": retry.at.isoformat(),
    }
    if outcome.failure is not None:
        data["failure"] = outcome.failure.value
    return message, data


def announced_by(event: Event, attempt: int, policy: RetryPolicy) -> tuple[Outcome, RetryDecision] | None:
    """What `announcement` said, read back from a journal after a crash; None if this event is no such line.

    The journal lies where the guest could write: nothing that the policy does not allow is believed.
    """
    data: Mapping[str, Any] = event.data
    if event.kind is not EventKind.STATUS or data.get("status") != ExecutionStatus.PENDING.value:
        return None
    statuses = {status.value: status for status in (ExecutionStatus.FAILED, ExecutionStatus.TIMEOUT)}
    failures = {failure.value: failure for failure in FailureClass}
    status, failure = statuses.get(str(data.get("attemptStatus"))), failures.get(str(data.get("failure")))
    at = _moment(data.get("nextAttemptAt"))
    if status is None or failure not in policy.failures or attempt >= policy.attempts or at is None:
        return None
    return Outcome(status, str(data.get("reason")), failure=failure), RetryDecision(attempt + 1, at)


def _moment(text: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
