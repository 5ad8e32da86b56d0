"""Runs one execution from claim to end, under its limits."""

import asyncio
import dataclasses
import logging
from collections.abc import Awaitable, Mapping

from orchestra.domain.executions import (
    Execution,
    ExecutionStatus,
    FailureClass,
    Outcome,
    ProcessIdentity,
    Verdict,
)
from orchestra.domain.frameworks import Framework
from orchestra.domain.limits import OURS
from orchestra.engine import ladder, lifecycle, process, tickets
from orchestra.engine.aftermath import Aftermath
from orchestra.engine.attempt import Attempt
from orchestra.engine.clocks import Reading, Upheaval, upheaval_between
from orchestra.engine.closer import Closer
from orchestra.engine.ledger import Ledger
from orchestra.engine.lifecycle import StopCause
from orchestra.engine.pool import Pool
from orchestra.engine.reader import Reader
from orchestra.engine.recovery import Course, course_for
from orchestra.engine.reins import AttemptReins
from orchestra.engine.surroundings import Surroundings
from orchestra.engine.watcher import Watcher
from orchestra.errors import OrchestraError, Unavailable

log = logging.getLogger(__name__)

_PULSE_SECONDS = 0.5
_NOTE_SECONDS = 0.05  # many a run is over before


class Runner:
    def __init__(self, surroundings: Surroundings, pool: Pool) -> None:
        self._with = surroundings
        self._live: dict[int, Attempt] = {}
        self._reader = Reader(surroundings)
        self._ledger = Ledger(surroundings.storage)
        self._pool = pool
        self._watcher = Watcher(self._reader, self.stop)
        self._notes: set[asyncio.Task[bool]] = set()
        self._pulse: asyncio.Task[None] | None = None
        self._closer = Closer(surroundings, self._reader, self._ledger)
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

    def stop(self, number: int, cause: StopCause, verdict: Verdict | None = None) -> bool:
        """Have an execution stopped; its gateway key is dead at once. False if it is not under way (yet)."""
        attempt = self._live.get(number)
        if attempt is None:
            self._stopped_early[number] = cause  # it may have been claimed a moment ago
            return False
        if attempt.stop(cause, verdict):
            self._with.keys.revoke(number)
        return True

    def start(self) -> None:
        """Look after every attempt now and then, rung or not: limits are broken by silence, too."""
        self._pulse = asyncio.create_task(self._beat(), name="pulse")

    async def stop_looking(self) -> None:
        """No more looks; all notes are written when this returns."""
        if self._pulse is not None:
            self._pulse.cancel()
        await self._ledger.stop()

    async def _beat(self) -> None:
        before = Reading.now()
        while True:
            await asyncio.sleep(_PULSE_SECONDS)
            before, last = Reading.now(), before
            if upheaval := upheaval_between(last, before):
                await self._tell(upheaval)
            for attempt in self._live.values():
                attempt.rung.set()

    async def _tell(self, upheaval: Upheaval) -> None:
        """Name it where somebody who wonders will look: in the logs of what runs, and the server's; and to webhooks."""
        log.warning(upheaval.sentence)
        facts = {"seconds": round(upheaval.seconds, 3), "message": upheaval.sentence}
        for attempt in self._live.values():
            attempt.warn(upheaval.sentence, {"event": upheaval.event, "seconds": facts["seconds"]})
        try:
            await asyncio.to_thread(self._with.announce, upheaval.event, facts)
        except OrchestraError:
            log.exception("Webhooks could not be told of it")

    async def run(self, execution: Execution) -> None:
        """Run a claimed execution to its end; returns when that is written."""
        attempt = self._attempt(execution)
        await self._to_the_end(attempt, self._start_and_watch(attempt))

    async def resume(self, execution: Execution) -> None:
        """Go on with an execution that an earlier server had claimed, wherever it stands."""
        attempt = self._attempt(execution)
        if execution.waiting_for:  # what an earlier server asked on the run's behalf nobody waits for any more
            self._reader.questions.changed(attempt)
        if execution.cancel_requested_at is not None:
            attempt.stop(StopCause.CANCEL)
        await self._to_the_end(attempt, self._take_up(attempt))

    async def _take_up(self, attempt: Attempt) -> Outcome:
        execution, journal = attempt.execution, attempt.folders.journal
        was_untouched = await asyncio.to_thread(tickets.take_back, journal)
        holder = execution.process or tickets.holder(journal)
        match course_for(execution, was_untouched, holder):
            case Course.ADOPT if holder is not None:
                attempt.adopt(holder)
                return await self._watch_or_restart(attempt)
            case Course.END:
                return lifecycle.cancelled_before_start(execution.attempt)
            case _:
                return await self._start_and_watch(attempt)

    async def record_again(self, execution: Execution) -> None:
        """An earlier server wrote this execution's end, and may not have stored all of its journals."""
        for number in range(1, execution.attempt + 1):
            attempt = self._attempt_of(dataclasses.replace(execution, attempt=number))
            await self._reader.rest(attempt)
        self._closer.record(execution)

    async def end_unstarted(self, execution: Execution) -> None:
        """Write the end of an execution that was cancelled before it had a worker."""
        attempt = self._attempt(execution)
        await self._close(attempt, lifecycle.cancelled_before_start(execution.attempt))

    def _attempt(self, execution: Execution) -> Attempt:
        # The journal is read from its beginning, after a restart too: its lines tell how things stand, and the
        # history skips those that it has.
        attempt = self._attempt_of(execution)
        self._live[execution.number] = attempt
        attempt.oom_kills = self._aftermath.oom_kills()
        if cause := self._stopped_early.pop(execution.number, None):
            attempt.stop(cause)
        self._with.accounts.open(execution, AttemptReins(attempt, self._reader, self.stop))
        return attempt

    def _attempt_of(self, execution: Execution) -> Attempt:
        return Attempt.of(self._with.runs, execution, self._with.seal, self._with.redactor.bytes)

    async def _to_the_end(self, attempt: Attempt, course: Awaitable[Outcome]) -> None:
        try:
            outcome = await course
        except OrchestraError as error:
            outcome = Outcome(ExecutionStatus.FAILED, error.message, failure=FailureClass.ENVIRONMENT)
        except Exception as error:  # whatever happens, an execution gets an end
            log.exception("Execution %s failed inside the engine", attempt.execution.id)
            outcome = lifecycle.failed_inside(error)
        if attempt.worker is not None:
            await self._sweep(attempt, attempt.worker)
        if attempt.stopped is not None and (told := ladder.told(attempt.ladder, attempt.killed, attempt.left)):
            outcome = dataclasses.replace(outcome, reason=f"{outcome.reason} {told}")
        await self._close(attempt, outcome)

    async def _sweep(self, attempt: Attempt, worker: process.WorkerProcess) -> None:
        """End whatever the worker has left behind."""
        if worker.leaves_nothing and attempt.stopped is None:
            return
        self._pool.forget(worker)
        try:
            attempt.killed += await asyncio.to_thread(worker.kill_tree)
            attempt.left = await asyncio.to_thread(worker.count_tree) if attempt.stopped is not None else 0
        except Exception:
            log.exception("The processes of execution %s could not be looked through", attempt.execution.id)

    async def _close(self, attempt: Attempt, outcome: Outcome) -> None:
        await self._closer.close(attempt, *await self._aftermath.of(attempt, outcome))
        if self._live.get(attempt.execution.number) is attempt:  # and not the next one, which was claimed meanwhile
            del self._live[attempt.execution.number]
            self._with.accounts.close(attempt.execution.number)

    async def _start_and_watch(self, attempt: Attempt) -> Outcome:
        await self._warm_up(attempt)
        if attempt.stopped is None:
            await self._start(attempt)
        return await self._watch(attempt)

    async def _warm_up(self, attempt: Attempt) -> None:
        """Have the framework loaded, under the attempt's limits: one that hangs in its import is no exception."""
        framework = self._framework_of(attempt.execution)
        if framework is None or attempt.stopped is not None or self._pool.is_warm(framework):
            return
        warming = asyncio.create_task(self._pool.warm(framework))
        try:
            await self._watcher.until_ready(attempt, warming)
            if warming.done():
                await warming
        finally:
            warming.cancel()

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
        framework = self._framework_of(execution)
        if framework is None:
            raise Unavailable(f"The framework '{execution.framework}' is not installed any more. Install its plugin.")
        attempt.folders.make()
        (self._with.agents / execution.agent_id).mkdir(parents=True, exist_ok=True, mode=0o700)
        if framework.secrets_of is not None:
            await asyncio.to_thread(self._learn_secrets, framework, execution)
        message = "Started." if execution.attempt == 1 else f"Attempt {execution.attempt} started."
        attempt.tail.open(message, {"status": ExecutionStatus.RUNNING.value})
        job = self._job(attempt, framework, self._with.keys.issue(execution.number, execution.attempt))
        folders = attempt.folders
        attempt.worker = await self._pool.launch(framework, execution, folders.files, folders.journal, job)
        asyncio.get_running_loop().call_later(_NOTE_SECONDS, self._note_process, attempt, attempt.worker.identity)

    def _framework_of(self, execution: Execution) -> Framework | None:
        framework = self._with.frameworks.get(execution.framework)
        return None if framework is None else self._with.needed(framework, execution.configuration)

    def _learn_secrets(self, framework: Framework, execution: Execution) -> None:
        """Before the run can say any of them; a plugin that cannot tell keeps no run from starting."""
        try:
            for secret in framework.secrets_of(execution.configuration) if framework.secrets_of else ():
                self._with.redactor.learn(secret)
        except Exception:
            log.exception("%s could not tell which secrets a run will know", framework.title)

    def _job(self, attempt: Attempt, framework: Framework, secret: str) -> dict[str, object]:
        execution = attempt.execution
        return {
            "number": execution.number,
            "attempt": execution.attempt,
            "folder": str(attempt.folders.files),
            "journal": str(attempt.folders.journal),
            "agent_folder": str(self._with.agents / execution.agent_id),
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
            exit_code = await self._until_over(attempt, attempt.worker)
        if exit_code is None and attempt.worker is not None:
            exit_code = tickets.exit_code_in(attempt.folders.journal)
        attempt.exit_code = exit_code
        await self._reader.publish_rest(attempt)
        seconds = attempt.end()
        if attempt.closed is not None:
            return attempt.closed
        return lifecycle.outcome_of(
            attempt.ending, exit_code, attempt.stopped, seconds, attempt.limits, attempt.verdict
        )

    async def _until_over(self, attempt: Attempt, worker: process.WorkerProcess) -> int | None:
        exit_code = await self._watcher.until_over(attempt, worker)
        if attempt.leaves_its_worker_free:
            worker.leaves_nothing = True
            self._pool.give_back(worker)
        return exit_code

    def _note_process(self, attempt: Attempt, identity: ProcessIdentity) -> None:
        """Note which process it is, unless the run was over before that was worth a transaction.

        A server that is killed before finds the worker by the ticket that it took.
        """
        number = attempt.execution.number
        if self._live.get(number) is attempt:
            note = asyncio.create_task(self._ledger.write(lambda unit: unit.executions.set_process(number, identity)))
            self._notes.add(note)
            note.add_done_callback(self._noted)

    def _noted(self, note: "asyncio.Task[bool]") -> None:
        self._notes.discard(note)
        if not note.cancelled() and (error := note.exception()) is not None:
            log.warning("A worker's process could not be noted: %s", error)  # its ticket tells, too
