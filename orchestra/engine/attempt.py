"""One attempt at an execution: its folders, its journal, its worker, and the wish to stop it."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from orchestra.domain.events import LogLevel
from orchestra.domain.executions import Execution, ExecutionStatus, Outcome, ProcessIdentity, Verdict
from orchestra.domain.limits import Limits, limits_of
from orchestra.domain.questions import Question
from orchestra.domain.retry_policy import RetryPolicy, retry_policy_of
from orchestra.engine import process
from orchestra.engine.journal import Seal, Tail
from orchestra.engine.lifecycle import Ending, StopCause
from orchestra.engine.process import WorkerProcess
from orchestra.engine.retry import RetryDecision
from orchestra.worker import protocol

_NOBODY = ProcessIdentity(0, 0.0)


@dataclass(frozen=True, slots=True)
class Folders:
    """Where an attempt keeps its files, below the data folder's `runs`."""

    files: Path
    journal: Path

    @staticmethod
    def of(runs: Path, execution: Execution) -> "Folders":
        base = runs / execution.id
        return Folders(files=base / "files", journal=base / str(execution.attempt))

    def make(self) -> None:
        self.files.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in (self.files, self.journal):
            folder.mkdir(exist_ok=True, mode=0o700)


@dataclass(slots=True)
class Attempt:
    """What the server keeps in mind of an attempt under way; used on the event loop only.

    `has_begun` says that its worker got its job; `was_gone`, that its worker had ended when an earlier server's attempt
    was taken up; `closed` is the end that this earlier server had written into the journal, if it came so far, and
    `retrying` the attempt that it had announced there to follow this one. `oom_kills` is what the kernel had counted
    when the attempt began. `verdict` is why it was stopped, if others said so. `questions` are those that wait for an
    answer. `published` is how many bytes of the journal were.
    """

    execution: Execution
    folders: Folders
    tail: Tail
    limits: Limits
    worker: WorkerProcess | None = None
    ending: Ending | None = None
    closed: Outcome | None = None
    retrying: RetryDecision | None = None
    exit_code: int | None = None
    oom_kills: int = 0
    has_begun: bool = False
    was_gone: bool = False
    stopped: StopCause | None = None
    verdict: Verdict | None = None
    killed: int = 0
    left: int = 0
    ladder: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    published: int = 0
    said_goodbye: bool = False
    ended_at: datetime | None = None
    last_event_at: float | None = None
    memory_bytes: int = 0
    questions: dict[str, Question] = field(default_factory=dict[str, Question])
    began: float = field(default_factory=time.monotonic)
    heard: float = field(default_factory=time.monotonic)
    rung: asyncio.Event = field(default_factory=asyncio.Event)

    @staticmethod
    def of(
        runs: Path, execution: Execution, seal: Seal, clean: Callable[[bytes], bytes] = lambda data: data
    ) -> "Attempt":
        folders = Folders.of(runs, execution)
        tail = Tail(folders.journal / protocol.JOURNAL, execution.number, execution.attempt, seal, clean)
        attempt = Attempt(execution, folders, tail, limits_of(execution.configuration))
        if execution.attempt_began is not None:
            # From here on the monotonic clock counts: a wall clock that jumps must not time anything out.
            attempt.began -= max(0.0, (datetime.now(UTC) - execution.attempt_began).total_seconds())
        return attempt

    def adopt(self, identity: ProcessIdentity) -> None:
        """Take up the worker that an earlier server had started, if it is what it seems to be."""
        is_it = process.carries_marker(identity, self.execution.id)
        self.was_gone = not is_it
        self.worker = process.WorkerProcess(identity if is_it else _NOBODY, self.execution.id)
        if is_it and (age := process.age_seconds(identity)) is not None:
            # The boot clock knows better than the wall clock, which may have been set meanwhile.
            self.began = time.monotonic() - min(self.seconds, age)

    @property
    def waiting(self) -> bool:
        """Whether it waits for a person's answer; such a time is not idle."""
        return bool(self.questions)

    @property
    def policy(self) -> RetryPolicy:
        """Whether and when it is followed by another attempt, if it fails."""
        return retry_policy_of(self.execution.configuration)

    def end(self) -> float:
        """Note that it has ended; how many seconds it ran, by the same clock as the time of its end."""
        seconds, began = self.seconds, self.execution.attempt_began
        if self.was_gone and self.last_event_at is not None and began is not None:
            # It ended while nobody watched: not now, but with its last event, as far as that can be believed.
            seconds = min(seconds, max(0.0, self.last_event_at - began.timestamp()))
        seconds = round(seconds, 3)  # as the duration is shown, so that the reason agrees with it
        if began is not None:
            self.ended_at = began + timedelta(seconds=seconds)
        return seconds

    @property
    def leaves_its_worker_free(self) -> bool:
        """Whether the worker has ended this job well, and waits for another."""
        if self.ending is None or self.ending.status is not ExecutionStatus.COMPLETED or self.stopped is not None:
            return False
        return isinstance(self.worker, process.SpawnedWorker) and self.worker.stays

    @property
    def idle_seconds(self) -> float:
        """How long nothing was heard of the worker; waiting for a person does not count."""
        if self.waiting:
            self.heard = time.monotonic()
        return time.monotonic() - self.heard

    @property
    def seconds(self) -> float:
        """How long the attempt has run."""
        return time.monotonic() - self.began

    def warn(self, message: str, data: Mapping[str, Any]) -> None:
        """Write a warning into the run's log, if its worker is at work; one that cannot be written ends no run."""
        if self.ended_at is None and self.worker is not None:
            with contextlib.suppress(OSError):
                self.tail.append_beside_worker(LogLevel.WARN, message, data)
            self.rung.set()

    def stop(self, cause: StopCause, verdict: Verdict | None = None) -> bool:
        """Note the wish to stop, unless there was one before, or the worker has had its last word."""
        if self.stopped is not None or self.ending is not None:
            return False
        self.stopped, self.verdict = cause, verdict
        self.rung.set()
        return True
