"""Decides what a failure was, from what is known beyond the worker's own words: the outcome in, a truer one out."""

import dataclasses
import errno
import re
from collections.abc import Sequence
from dataclasses import dataclass

from orchestra.domain.executions import LAST_LINES, ExecutionStatus, FailureClass, Outcome
from orchestra.domain.refusals import ModelRefusal, failure_of
from orchestra.engine.lifecycle import disk_full

_SIGKILL = 9  # by number, since Windows has no such name
_KILLED = frozenset({-_SIGKILL, 128 + _SIGKILL})
_OUT_OF_MEMORY = re.compile(r"(\w+\.)*MemoryError\b")
_NO_ROOM = re.compile(rf"OSError: \[Errno ({errno.ENOSPC}|{getattr(errno, 'EDQUOT', errno.ENOSPC)})\]")
# What the clients of models raise when they get no answer at all.
_NO_ANSWER = re.compile(r"(\w+\.)*(APIConnectionError|APITimeoutError|ConnectError|ConnectTimeout|ReadTimeout)\b")


@dataclass(frozen=True, slots=True)
class Evidence:
    """`exit_code` is the worker's, negative for a signal; `refusal` is the gateway's to the run's last call.

    `oom_killed` says that meanwhile the kernel has killed some process because memory ran out.
    """

    exit_code: int | None = None
    oom_killed: bool = False
    last_lines: Sequence[str] = ()
    refusal: ModelRefusal | None = None


def explained(outcome: Outcome, evidence: Evidence) -> Outcome:
    """The outcome with the class of its failure as the evidence has it, and what a person needs to know."""
    if outcome.status is not ExecutionStatus.FAILED:
        return outcome
    if outcome.failure in {FailureClass.WORKER_KILLED, FailureClass.LOST}:
        return _of_a_worker_gone(outcome, evidence)
    if outcome.failure is FailureClass.FRAMEWORK:
        return _of_a_framework(outcome, evidence)
    return outcome


def _of_a_worker_gone(outcome: Outcome, evidence: Evidence) -> Outcome:
    reason = outcome.reason
    if evidence.oom_killed and evidence.exit_code in _KILLED:
        reason = (
            "The worker was killed by signal 9 (SIGKILL), because memory ran out. "
            "Give it less to do at once, or the machine more memory."
        )
    if evidence.last_lines:
        reason += LAST_LINES + "".join("\n" + line for line in evidence.last_lines)
    return dataclasses.replace(outcome, reason=reason)


def _of_a_framework(outcome: Outcome, evidence: Evidence) -> Outcome:
    if _OUT_OF_MEMORY.match(outcome.reason):
        reason = f"The run ran out of memory. {outcome.reason}"
        return dataclasses.replace(outcome, reason=reason, failure=FailureClass.WORKER_KILLED)
    if _NO_ROOM.match(outcome.reason):
        return dataclasses.replace(disk_full(), reason=f"{disk_full().reason} {outcome.reason}")
    if evidence.refusal is not None:
        refusal = evidence.refusal
        reason = f"{outcome.reason} (The model's last answer was {refusal.status}: {refusal.message})"
        return dataclasses.replace(outcome, reason=reason, failure=failure_of(refusal))
    if _NO_ANSWER.match(outcome.reason):
        return dataclasses.replace(outcome, failure=FailureClass.MODEL_UNREACHABLE)
    return outcome
