"""Runs one execution from claim to end, under its limits."""

import asyncio
import functools
import json
import logging
from collections.abc import Awaitable, Mapping
from typing import Any

from orchestra.domain.executions import Execution, ExecutionStatus, FailureClass, Outcome, ProcessIdentity
from orchestra.domain.frameworks import Framework
from orchestra.domain.limits import OURS
from orchestra.engine import lifecycle, process
from orchestra.engine.aftermath import Aftermath
from orchestra.engine.attempt import Attempt
from orchestra.engine.closer import Closer
from orchestra.engine.lifecycle import StopCause
from orchestra.engine.reader import Reader
from orchestra.engine.surroundings import Surroundings
from orchestra.environments.catalog import interpreter_for
from orchestra.errors import OrchestraError, Unavailable

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.5


class Runner:
    def __init__(self, surroundings: Surroundings) -> None:
        self._with = surroundings
        self._live: dict[int, Attempt] = {}
        self._reader = Reader(surroundings)
        self._closer = Closer(surroundings, self._reader)
        self._aftermath = Aftermath(surroundings)
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
        attempt = self._attempt(execution)
        await self._to_the_end(attempt, self._start_and_watch(attempt))

    async def resume(self, execution: Execution) -> None:
        """Go on with an execution whose worker an earlier server started, wherever it stands."""
        attempt = self._attempt(execution)
        if execution.cancel_requested_at is not None:
            attempt.stop(StopCause.CANCEL)
        if execution.process is not None:
            attempt.worker = process.adopt(execution.process, execution.id)
            attempt.was_gone = process.find(execution.process) is None
        await self._to_the_end(attempt, self._watch_or_restart(attempt))

    async def end_unstarted(self, execution: Execution) -> None:
        """Write the end of an execution that was cancelled before it had a worker."""
        attempt = self._attempt(execution)
        await self._close(attempt, lifecycle.cancelled_before_start(execution.attempt))

    def _attempt(self, execution: Execution) -> Attempt:
        # The journal is read from its beginning, after a restart too: its lines tell how things stand, and the
        # history skips those that it has.
        attempt = Attempt.of(self._with.runs, execution)
        self._live[execution.number] = attempt
        attempt.oom_kills = self._aftermath.oom_kills()
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
        if attempt.worker is not None:
            try:
                attempt.killed += await asyncio.to_thread(attempt.worker.kill_tree)
            except Exception:
                log.exception("The processes of execution %s could not be looked through", attempt.execution.id)
        await self._close(attempt, outcome)

    async def _close(self, attempt: Attempt, outcome: Outcome) -> None:
        await self._closer.close(attempt, *await self._aftermath.of(attempt, outcome))
        if self._live.get(attempt.execution.number) is attempt:  # and not the next one, which was claimed meanwhile
            del self._live[attempt.execution.number]

    async def _start_and_watch(self, attempt: Attempt) -> Outcome:
        if attempt.stopped is None:
            await self._start(attempt)
        return await self._watch(attempt)

    async def _watch_or_restart(self, attempt: Attempt) -> Outcome:
        outcome = await self._watch(attempt)
        if attempt.worker is None or attempt.has_begun or attempt.stopped is not None:
            return outcome
        # The server before us was killed before it had handed over the job: nothing has happened yet, so start.
        await asyncio.to_thread(attempt.worker.kill_tree)
        attempt.worker, attempt.was_gone = None, False
        return await self._start_and_watch(attempt)

    async def _start(self, attempt: Attempt) -> None:
        execution = attempt.execution
        framework = self._with.frameworks.get(execution.framework)
        if framework is None:
            raise Unavailable(f"The framework '{execution.framework}' is not installed any more. Install its plugin.")
        command = interpreter_for(framework).command
        attempt.folders.make()
        message = "Started." if execution.attempt == 1 else f"Attempt {execution.attempt} started."
        attempt.tail.open(message, {"status": ExecutionStatus.RUNNING.value})
        attempt.worker = await asyncio.to_thread(
            process.start, command, execution.id, attempt.folders.files, attempt.folders.journal
        )
        secret, key_hash = self._with.keys.issue(execution.number)
        identity = attempt.worker.identity
        note = functools.partial(self._note_process, execution, identity, key_hash)
        if not await asyncio.to_thread(note):
            raise Unavailable("The execution was ended by somebody else before it could start.")
        # Only now, when a restarted server would find the worker again, may it begin.
        job = self._job(attempt, framework, secret)
        # Beside the watch over it: a worker that does not read must not escape its timeout.
        attempt.handing_over = asyncio.create_task(
            asyncio.to_thread(attempt.worker.hand_over, json.dumps(job).encode())
        )

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
            "configuration": {key: value for key, value in execution.configuration.items() if key not in OURS},
            "input": dict(execution.input),
        }

    async def _watch(self, attempt: Attempt) -> Outcome:
        """Follow the attempt until its worker is gone and all that it wrote is read."""
        exit_code = None
        if attempt.worker is not None and not attempt.was_gone:
            exit_code = attempt.exit_code = await self._until_exit(attempt, attempt.worker)
        await self._reader.publish_rest(attempt)
        if attempt.closed is not None:
            return attempt.closed
        return lifecycle.outcome_of(
            attempt.ending, exit_code, attempt.stopped, attempt.end(), attempt.limits.timeout_seconds
        )

    async def _until_exit(self, attempt: Attempt, worker: process.WorkerProcess) -> int | None:
        exited = asyncio.create_task(worker.exited())
        ending: asyncio.Task[None] | None = None
        try:
            while not exited.done():
                self._reader.read(attempt)
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
        if attempt.stopped is None and attempt.seconds >= attempt.limits.timeout_seconds:
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

    def _note_process(self, execution: Execution, identity: ProcessIdentity, key_hash: str) -> bool:
        with self._with.storage.write() as unit:
            return unit.executions.set_process(execution.number, identity, key_hash)


async def _first_of(exited: asyncio.Task[Any], rung: asyncio.Event, seconds: float) -> None:
    ringing = asyncio.ensure_future(rung.wait())
    try:
        await asyncio.wait({exited, ringing}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ringing.cancel()
