"""Runs one execution from claim to end: starts its worker, reads its journal, enforces its limits, writes its end."""

import asyncio
import dataclasses
import functools
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from orchestra.bus import CHANGES, Bus
from orchestra.domain.events import EventKind, ExecutionChanged, LogLevel
from orchestra.domain.executions import Execution, ExecutionStatus, FailureClass, Outcome
from orchestra.domain.frameworks import Framework
from orchestra.engine import lifecycle, process
from orchestra.engine.attempt import Attempt
from orchestra.engine.ingest import Ingest
from orchestra.engine.journal import Position
from orchestra.engine.lifecycle import StopCause
from orchestra.environments.catalog import interpreter_for
from orchestra.errors import OrchestraError, Unavailable
from orchestra_storage.history import History
from orchestra_storage.unit import Storage, Unit

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.5
_RETRY_SECONDS = 1.0
_CONGESTED_SECONDS = 0.05


class RunKeys(Protocol):
    """The gateway's keys, each worth one execution."""

    def issue(self, number: int) -> tuple[str, str]: ...
    def restore(self, number: int, hash: str) -> None: ...
    def revoke(self, number: int) -> None: ...


@dataclasses.dataclass(frozen=True)
class Surroundings:
    """What every run needs of the rest of the server."""

    storage: Storage
    history: History
    ingest: Ingest
    bus: Bus
    keys: RunKeys
    frameworks: Mapping[str, Framework]
    runs: Path
    bell: Path
    gateway_url: str


class Runner:
    def __init__(self, surroundings: Surroundings) -> None:
        self._with = surroundings
        self._live: dict[int, Attempt] = {}
        self._stopped_early: dict[int, StopCause] = {}

    @property
    def live(self) -> Mapping[int, Attempt]:
        """The attempts under way, by execution number."""
        return self._live

    def ring(self, number: int) -> None:
        """A worker says that its journal has grown."""
        if attempt := self._live.get(number):
            attempt.rung.set()

    def stop(self, number: int, cause: StopCause) -> bool:
        """Have an execution stopped; its gateway key is dead at once. False if it is not under way (yet)."""
        attempt = self._live.get(number)
        if attempt is None:
            self._stopped_early[number] = cause  # it may have been claimed a moment ago
            return False
        if attempt.stop(cause):
            self._with.keys.revoke(number)
        return True

    async def run(self, execution: Execution) -> None:
        """Run a claimed execution to its end; returns when that is written."""
        attempt = await self._attempt(execution)
        await self._to_the_end(attempt, self._start_and_watch(attempt))

    async def resume(self, execution: Execution, key_hash: str | None) -> None:
        """Go on with an execution whose worker an earlier server started, wherever it stands."""
        attempt = await self._attempt(execution)
        if execution.cancel_requested_at is not None:
            attempt.stop(StopCause.CANCEL)
        elif key_hash is not None:
            self._with.keys.restore(execution.number, key_hash)
        if execution.process is not None:
            attempt.worker = process.adopt(execution.process, execution.id)
        await self._to_the_end(attempt, self._watch(attempt))

    async def end_unstarted(self, execution: Execution) -> None:
        """Write the end of an execution that was cancelled before it had a worker."""
        attempt = await self._attempt(execution)
        await self._finish(attempt, lifecycle.cancelled_before_start())

    async def _attempt(self, execution: Execution) -> Attempt:
        mark = await asyncio.to_thread(self._with.history.mark, execution.number, execution.attempt)
        attempt = Attempt.of(self._with.runs, execution, Position(mark.journal_offset, mark.next_seq))
        self._live[execution.number] = attempt
        if cause := self._stopped_early.pop(execution.number, None):
            attempt.stop(cause)
        return attempt

    async def _to_the_end(self, attempt: Attempt, course: Awaitable[Outcome]) -> None:
        try:
            outcome = await course
        except OrchestraError as error:
            outcome = Outcome(ExecutionStatus.FAILED, error.message, failure=FailureClass.ENVIRONMENT)
        except Exception as error:  # whatever happens, an execution gets an end
            log.exception("Execution %s failed inside the engine", attempt.execution.id)
            outcome = Outcome(
                ExecutionStatus.FAILED, f"AgentOrchestra itself failed: {error!r}.", failure=FailureClass.ENVIRONMENT
            )
        await self._finish(attempt, outcome)

    async def _start_and_watch(self, attempt: Attempt) -> Outcome:
        if attempt.stopped is None:
            await self._start(attempt)
        return await self._watch(attempt)

    async def _start(self, attempt: Attempt) -> None:
        execution = attempt.execution
        framework = self._with.frameworks.get(execution.framework)
        if framework is None:
            raise Unavailable(f"The framework '{execution.framework}' is not installed any more. Install its plugin.")
        command = interpreter_for(framework).command
        attempt.folders.make()
        attempt.tail.append(EventKind.STATUS, "Started.", {"status": ExecutionStatus.RUNNING.value})
        attempt.worker = await asyncio.to_thread(
            process.start, command, execution.id, attempt.folders.files, attempt.folders.journal
        )
        secret, key_hash = self._with.keys.issue(execution.number)
        identity = attempt.worker.identity
        await asyncio.to_thread(
            self._write, lambda unit: unit.executions.set_process(execution.number, identity, key_hash)
        )
        # Only now, when a restarted server would find the worker again, may it begin.
        job = self._job(attempt, framework, secret)
        await asyncio.to_thread(attempt.worker.hand_over, json.dumps(job).encode())

    def _job(self, attempt: Attempt, framework: Framework, secret: str) -> dict[str, object]:
        execution = attempt.execution
        return {
            "number": execution.number,
            "attempt": execution.attempt,
            "folder": str(attempt.folders.files),
            "journal": str(attempt.folders.journal),
            "bell": str(self._with.bell),
            "gateway_url": self._with.gateway_url,
            "gateway_key": secret,
            "adapter": str(framework.worker),
            "configuration": {key: value for key, value in execution.configuration.items() if key != "limits"},
            "input": dict(execution.input),
        }

    async def _watch(self, attempt: Attempt) -> Outcome:
        """Follow the attempt until its worker is gone and all that it wrote is read."""
        exit_code = None
        if attempt.worker is not None:
            exit_code = await self._until_exit(attempt, attempt.worker)
            attempt.killed += await asyncio.to_thread(attempt.worker.kill_tree)
        await self._read_to_the_end(attempt)
        return lifecycle.outcome_of(
            attempt.ending, exit_code, attempt.stopped, _seconds_of(attempt), attempt.limits.timeout_seconds
        )

    async def _until_exit(self, attempt: Attempt, worker: process.WorkerProcess) -> int | None:
        exited = asyncio.create_task(worker.exited())
        ending: asyncio.Task[None] | None = None
        try:
            while not exited.done():
                self._read(attempt, worker_writes=True)
                self._enforce_timeout(attempt)
                if ending is None and (attempt.stopped is not None or attempt.ending is not None):
                    ending = asyncio.create_task(self._end_worker(attempt, worker, exited))
                await _first_of(exited, attempt.rung, _POLL_SECONDS)
                attempt.rung.clear()
            if ending is not None:
                await ending
            return exited.result()
        finally:
            exited.cancel()

    def _enforce_timeout(self, attempt: Attempt) -> None:
        if attempt.stopped is None and _seconds_of(attempt) >= attempt.limits.timeout_seconds:
            self.stop(attempt.execution.number, StopCause.TIMEOUT)

    async def _end_worker(self, attempt: Attempt, worker: process.WorkerProcess, exited: asyncio.Task[Any]) -> None:
        """Ask the worker to stop, give it its grace, then kill all of its processes.

        A worker that had its last word is not asked: it is about to go, and is killed if it does not.
        """
        if attempt.ending is None:
            worker.ask_to_stop()
        await asyncio.wait({exited}, timeout=attempt.limits.grace_seconds)
        if not exited.done():
            attempt.killed += await asyncio.to_thread(worker.kill_tree)

    def _read(self, attempt: Attempt, worker_writes: bool = False) -> bool:
        """Take in what is new in the journal, about a megabyte at most; False if there was nothing, or no room."""
        if self._with.ingest.congested:
            return False
        events = attempt.tail.read(worker_writes)
        if not events:
            return False
        for event in events:
            if event.kind is EventKind.END and attempt.stopped is None and attempt.ending is None:
                attempt.ending = lifecycle.ending_of(event.data, event.message)
        execution = attempt.execution
        self._with.ingest.put(execution.id, execution.number, execution.attempt, attempt.tail.position, events)
        if len(events) > 1:
            attempt.rung.set()
        return True

    async def _read_to_the_end(self, attempt: Attempt) -> None:
        while self._read(attempt) or self._with.ingest.congested:
            await asyncio.sleep(_CONGESTED_SECONDS if self._with.ingest.congested else 0)

    async def _finish(self, attempt: Attempt, outcome: Outcome) -> None:
        """Write the end: into the journal, the history, then the database, and tell whoever listens."""
        execution = attempt.execution
        self._with.keys.revoke(execution.number)
        await _insist(lambda: asyncio.to_thread(self._close_journal, attempt, outcome))
        await self._read_to_the_end(attempt)
        ended_at = datetime.now(UTC)
        await self._store_history(execution, outcome, ended_at)
        finish = functools.partial(
            self._write, lambda unit: unit.executions.finish(execution.number, outcome, ended_at)
        )
        await _insist(lambda: asyncio.to_thread(finish))
        self._live.pop(execution.number, None)
        changed = ExecutionChanged(execution.id, execution.agent_id, execution.owner_id, outcome.status.value)
        self._with.bus.publish(CHANGES, changed)

    def _close_journal(self, attempt: Attempt, outcome: Outcome) -> None:
        attempt.tail.drop_unfinished_line()
        data: dict[str, object] = {"status": outcome.status.value}
        if outcome.failure is not None:
            data["failure"] = outcome.failure.value
        if attempt.killed:
            data["processesKilled"] = attempt.killed
        level = LogLevel.INFO if outcome.status is ExecutionStatus.COMPLETED else LogLevel.ERROR
        attempt.tail.append(EventKind.STATUS, outcome.reason, data, level)

    async def _store_history(self, execution: Execution, outcome: Outcome, ended_at: datetime) -> None:
        """Store the last events and the finished execution; a store that fails does not keep it from ending."""
        try:
            await self._with.ingest.flush()
            current = await asyncio.to_thread(self._read_row, execution.number)
            ended = dataclasses.replace(
                current or execution,
                status=outcome.status,
                reason=outcome.reason,
                failure=outcome.failure,
                output=outcome.output,
                completed_at=ended_at,
            )
            await asyncio.wrap_future(self._with.history.record(ended))
        except Exception:
            log.exception("The history of execution %s could not be stored; its journal stays", execution.id)

    def _read_row(self, number: int) -> Execution | None:
        with self._with.storage.read() as unit:
            return unit.executions.by_number(number)

    def _write(self, change: Callable[[Unit], object]) -> None:
        with self._with.storage.write() as unit:
            change(unit)


async def _insist(action: Callable[[], Awaitable[object]]) -> None:
    """Do what must be done however long it takes: a full disk or a locked database may pass."""
    while True:
        try:
            await action()
            return
        except Exception:
            log.exception("The end of an execution could not be written; it is tried again")
            await asyncio.sleep(_RETRY_SECONDS)


async def _first_of(exited: asyncio.Task[Any], rung: asyncio.Event, seconds: float) -> None:
    ringing = asyncio.ensure_future(rung.wait())
    try:
        await asyncio.wait({exited, ringing}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ringing.cancel()


def _seconds_of(attempt: Attempt) -> float:
    started = attempt.execution.started_at
    return max(0.0, (datetime.now(UTC) - started).total_seconds()) if started else 0.0
