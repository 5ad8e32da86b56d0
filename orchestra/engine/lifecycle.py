"""Decides how an execution ended: what the worker said, how its process went and who stopped it, in; the end, out.

PENDING ──claimed──▶ RUNNING ──▶ COMPLETED   the worker said so before anybody stopped it
   │ ▲                  ├──────▶ FAILED      it said so, or its process ended without a word
   │ └──tried again─────┤        (`retry` decides)
   │                    ├──────▶ CANCELLED   a person stopped it
   └──cancelled──┐      └──────▶ TIMEOUT     its time was up
                 └─────────────▶ CANCELLED
"""

import errno
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from orchestra.domain.events import Event, EventKind
from orchestra.domain.executions import ExecutionStatus, FailureClass, Outcome, Verdict
from orchestra.domain.limits import Limits
from orchestra.worker import protocol

_NO_ROOM = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})


class StopCause(StrEnum):
    CANCEL = "cancel"
    TIMEOUT = "timeout"
    IDLE = "idle"
    MEMORY = "memory"
    MODELS = "models"  # it may call none any more


@dataclass(frozen=True, slots=True)
class Ending:
    """What the worker wrote as its last line."""

    status: ExecutionStatus
    reason: str | None = None
    output: Mapping[str, Any] | None = None
    failure: FailureClass | None = None


def ending_of(data: Mapping[str, Any], reason: str | None) -> Ending:
    """The worker's last word, read without trust: anything unexpected is a failure of the framework."""
    said = str(data.get("status", ""))
    allowed = {status.value: status for status in ExecutionStatus if status.is_final}
    output = data.get("output")
    failure = data.get("failure")
    known_failures = {f.value: f for f in FailureClass}
    return Ending(
        status=allowed.get(said, ExecutionStatus.FAILED),
        reason=reason,
        output=cast(Mapping[str, Any], output) if isinstance(output, dict) else None,
        failure=known_failures.get(failure) if isinstance(failure, str) else None,
    )


def closed_by(event: Event, ending: Ending | None) -> Outcome | None:
    """The end that this event tells, if it is the server's own last line in a journal."""
    said = str(event.data.get("status"))
    final = {status.value: status for status in ExecutionStatus if status.is_final}
    if event.kind is not EventKind.STATUS or said not in final:
        return None
    failures = {failure.value: failure for failure in FailureClass}
    status = final[said]
    output = ending.output if ending is not None and status is ExecutionStatus.COMPLETED else None
    return Outcome(status, event.message or "It ended.", output, failures.get(str(event.data.get("failure"))))


def outcome_of(
    ending: Ending | None,
    exit_code: int | None,
    stopped: StopCause | None,
    seconds: float,
    limits: Limits,
    verdict: Verdict | None = None,
) -> Outcome:
    """The one end of an execution that ran for so many seconds.

    `exit_code` is the worker's, negative for a signal, None where nobody could see it. `stopped` counts only if the
    worker had not given its last word before; the caller sees to that. `verdict` says why if that was about models.
    """
    if stopped is not None and verdict is not None:
        return Outcome(ExecutionStatus.FAILED, f"Stopped. {verdict.reason}", failure=verdict.failure)
    if stopped is not None:
        return _stopped(stopped, seconds, limits)
    if ending is None:
        return _without_a_word(exit_code)
    if ending.status is ExecutionStatus.COMPLETED:
        return Outcome(ExecutionStatus.COMPLETED, f"Completed in {spoken(seconds)}.", ending.output)
    if ending.status is ExecutionStatus.CANCELLED:
        return Outcome(
            ExecutionStatus.FAILED,
            "The worker was asked to stop from outside AgentOrchestra (SIGTERM). Start the agent again.",
            failure=FailureClass.WORKER_KILLED,
        )
    return Outcome(
        ExecutionStatus.FAILED,
        ending.reason or "The framework failed without giving a reason. The log may tell more.",
        failure=ending.failure or FailureClass.FRAMEWORK,
    )


def _stopped(cause: StopCause, seconds: float, limits: Limits) -> Outcome:
    if cause is StopCause.CANCEL:
        return Outcome(ExecutionStatus.CANCELLED, f"Cancelled after {spoken(seconds)}.", failure=FailureClass.CANCELLED)
    if cause is StopCause.TIMEOUT:
        reason = (
            f"Stopped, because it ran longer than its timeout of {spoken(limits.timeout_seconds)}. "
            "Raise the timeout in the agent's limits, or give it less to do."
        )
        return Outcome(ExecutionStatus.TIMEOUT, reason, failure=FailureClass.TIMEOUT)
    if cause is StopCause.IDLE:
        reason = (
            f"Stopped, because nothing was heard of it for {spoken(limits.idle_timeout_seconds or 0)}. "
            "Raise the idle timeout in the agent's limits, or see in the log where it hangs."
        )
        return Outcome(ExecutionStatus.TIMEOUT, reason, failure=FailureClass.TIMEOUT)
    if cause is StopCause.MODELS:
        reason = "Stopped, because it may call no models any more."
        return Outcome(ExecutionStatus.FAILED, reason, failure=FailureClass.BUDGET)
    reason = (
        f"Stopped, because its processes took more than {limits.memory_megabytes or 0:,g} MB of memory. "
        "Raise the limit in the agent's limits, or give it less to do at once."
    )
    return Outcome(ExecutionStatus.FAILED, reason, failure=FailureClass.BUDGET)


def cancelled_before_start(attempt: int = 1) -> Outcome:
    reason = "Cancelled before it started." if attempt == 1 else f"Cancelled before its attempt {attempt} started."
    return Outcome(ExecutionStatus.CANCELLED, reason, failure=FailureClass.CANCELLED)


def failed_inside(error: Exception) -> Outcome:
    """The end of an execution that the engine itself could not go on with."""
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return disk_full()
    return Outcome(
        ExecutionStatus.FAILED, f"AgentOrchestra itself failed: {error!r}.", failure=FailureClass.ENVIRONMENT
    )


def disk_full() -> Outcome:
    return Outcome(
        ExecutionStatus.FAILED,
        "The disk is full, or a quota is used up: what the run did could not be written down any more, so it was "
        "ended. Make room, then start the agent again.",
        failure=FailureClass.ENVIRONMENT,
    )


def _without_a_word(code: int | None) -> Outcome:
    if code is None:
        return Outcome(
            ExecutionStatus.FAILED,
            "The worker ended without leaving a result, at a time when no server watched it. Start the agent again.",
            failure=FailureClass.LOST,
        )
    if code < 0:
        return Outcome(
            ExecutionStatus.FAILED,
            f"The worker was killed by {_signal_name(-code)}, from outside or by a crash.",
            failure=FailureClass.WORKER_KILLED,
        )
    if code == protocol.DISK_FULL_EXIT:
        return disk_full()
    return Outcome(
        ExecutionStatus.FAILED,
        f"The worker ended with exit code {code} and left no result.",
        failure=FailureClass.WORKER_KILLED,
    )


def _signal_name(number: int) -> str:
    try:
        return f"signal {number} ({signal.Signals(number).name})"
    except ValueError:
        return f"signal {number}"


def spoken(seconds: float) -> str:
    """A duration for a person: 0.4 s, 58 s, 3 min 20 s, 2 h 5 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 120:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
