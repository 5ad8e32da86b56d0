"""Finds out what an attempt's end means: why it failed, and whether another follows."""

import asyncio
import logging
import random
from collections import deque
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain

import orjson

from orchestra.domain.events import EventKind
from orchestra.domain.executions import ExecutionStatus, FailureClass, Outcome
from orchestra.domain.text import storable
from orchestra.engine.attempt import Attempt
from orchestra.engine.failures import Evidence, explained
from orchestra.engine.journal import open_guest_file, parse
from orchestra.engine.leftover import unwritten_output
from orchestra.engine.memory import OomCounter
from orchestra.engine.retry import RetryDecision, decide_retry
from orchestra.engine.surroundings import Surroundings
from orchestra.worker import protocol

log = logging.getLogger(__name__)

_LAST_LINES = 3
_LINE_CHARACTERS = 300
_TAIL_BYTES = 1 << 16


class Aftermath:
    def __init__(self, surroundings: Surroundings) -> None:
        self._with = surroundings
        self._oom = OomCounter()

    def oom_kills(self) -> int:
        """How often the kernel has killed for memory so far, to be noted when an attempt begins."""
        return self._oom.count()

    async def of(self, attempt: Attempt, outcome: Outcome) -> tuple[Outcome, RetryDecision | None]:
        """The outcome, explained, and the attempt that follows it, if one does.

        What an earlier server had written down before it was killed stands.
        """
        now = datetime.now(UTC)
        if attempt.closed is not None:
            return attempt.closed, _believed(attempt, now)
        if outcome.status is ExecutionStatus.FAILED:
            try:
                outcome = explained(outcome, await asyncio.to_thread(self._evidence, attempt, outcome))
            except Exception:  # an end that is not explained is still an end
                log.exception("The end of execution %s could not be explained", attempt.execution.id)
        chance = random.random()  # noqa: S311 - no secret
        return outcome, decide_retry(outcome, attempt.execution.attempt, attempt.policy, now, chance)

    def _evidence(self, attempt: Attempt, outcome: Outcome) -> Evidence:
        clean = self._with.redactor.text
        refusal = self._with.take_refusal(attempt.execution.number)
        is_gone = outcome.failure in {FailureClass.WORKER_KILLED, FailureClass.LOST}
        return Evidence(
            exit_code=attempt.exit_code,
            oom_killed=is_gone and self._oom.count(fresh=True) > attempt.oom_kills,
            last_lines=[clean(line) for line in _last_lines(attempt)] if is_gone else (),
            refusal=refusal and replace(refusal, message=clean(refusal.message)),
        )


def _believed(attempt: Attempt, now: datetime) -> RetryDecision | None:
    """The retry that the journal tells of; its time only as far as the policy could have set it."""
    retry = attempt.retrying
    if retry is None:
        return None
    latest = now + timedelta(seconds=attempt.policy.maximum_seconds)
    return RetryDecision(retry.attempt, min(retry.at, latest))


def _last_lines(attempt: Attempt) -> list[str]:
    """The last lines that the worker logged or printed, also what it had no time to write down."""
    folder = attempt.folders.journal
    written = _tail_of(attempt)
    unwritten = [] if attempt.said_goodbye else unwritten_output(folder)
    last: deque[str] = deque(maxlen=_LAST_LINES)
    for line in chain(written, unwritten):
        event = parse(line.rstrip(b"\n"), 0, 0, 0)
        if event.kind is EventKind.LOG and event.message and event.message.strip():
            last.append(protocol.shortened(storable(event.message.strip()), _LINE_CHARACTERS))
    return list(last)


def _tail_of(attempt: Attempt) -> list[bytes]:
    try:
        with open_guest_file(attempt.folders.journal / protocol.JOURNAL) as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL_BYTES))
            lines = file.read(_TAIL_BYTES).split(b"\n")
    except OSError:
        return []
    return [line for line in lines[1 if size > _TAIL_BYTES else 0 :] if _is_whole(line)]


def _is_whole(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True
