"""Gives each attempt its worker: forked from a warm zygote where that is safe, else one that was started ahead."""

import asyncio
import contextlib
import json
import logging
import os
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from orchestra.domain.executions import Execution
from orchestra.domain.frameworks import Framework
from orchestra.engine import process, tickets
from orchestra.engine.process import SpawnedWorker, WorkerProcess
from orchestra.engine.zygote import NotWarm, Zygote
from orchestra.environments.catalog import interpreter_for
from orchestra.errors import Unavailable
from orchestra.worker import protocol

log = logging.getLogger(__name__)

_TEND_SECONDS = 5.0
_ALIKE_SECONDS = 0.05
_LEAST_FREE_MEMORY = 0.1  # of all; with less, nothing is kept warm
_CAN_FORK = sys.platform == "linux"


@dataclass(frozen=True, slots=True)
class _Kind:
    """What workers must have in common to take each other's place."""

    command: tuple[str, ...]
    adapter: Path
    built: tuple[int, int]  # which interpreter that is: one that was built anew in its place is another

    @staticmethod
    def of(framework: Framework, data_dir: Path) -> "_Kind":
        command = interpreter_for(framework, data_dir).command
        found = os.lstat(command[0])
        return _Kind(command, framework.worker, (found.st_ino, found.st_ctime_ns))


@dataclass(slots=True)
class _Spare:
    """A worker without a job; `owner_id` names whose jobs it has run, so that it never runs another's."""

    worker: SpawnedWorker
    owner_id: str | None
    since: float


class Pool:
    """Used on the event loop. What is kept warm is let go when it is idle for long, or memory is short."""

    def __init__(self, data_dir: Path, warm_seconds: float) -> None:
        self._data_dir = data_dir
        self._folder = data_dir / "warm"
        self._warm_seconds = warm_seconds
        self._zygotes: dict[_Kind, asyncio.Task[Zygote]] = {}
        self._unfit: set[_Kind] = set()
        self._spares: defaultdict[_Kind, list[_Spare]] = defaultdict(list)
        self._kinds: dict[WorkerProcess, _Kind] = {}
        self._preparing: set[_Kind] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._looked: dict[Framework, tuple[float, _Kind]] = {}

    def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in self._folder.glob(f"{protocol.REHEARSAL}*"):  # by workers that were killed while they rehearsed
            shutil.rmtree(left, ignore_errors=True)
        self._do(self._tend(), "pool")

    async def stop(self) -> None:
        """Let go of all that waits for work; workers with a job go on."""
        for task in self._tasks:
            task.cancel()
        loading = [starting for starting in self._zygotes.values() if starting.cancel()]
        await asyncio.gather(*self._tasks, *loading, return_exceptions=True)
        await self._let_go_before(float("inf"))

    async def launch(
        self, framework: Framework, execution: Execution, home: Path, journal: Path, job: dict[str, object]
    ) -> WorkerProcess:
        """A worker that has the job, whose ticket lies in its journal's folder; OrchestraError if there can be none."""
        kind = self._kind_of(framework)
        job = {**job, "id": execution.id, "reusable": framework.reusable}
        may_fork = framework.fork_safe and not framework.reusable
        if may_fork and (forked := await self._forked(kind, execution, journal, job)):
            return forked
        worker = self._spare(kind, execution) or await asyncio.to_thread(
            process.spawn, kind.command, home, execution.owner_id, execution.id, journal
        )
        worker.execution_id, worker.stays = execution.id, framework.reusable
        line = json.dumps({**job, "ticket": tickets.issue(journal)}).encode() + b"\n"
        # Beside the watch over it: a worker that does not read must not escape its timeout.
        self._do(asyncio.to_thread(_hand_over, worker, line), f"hand-over-{execution.id}")
        if framework.reusable:
            self._kinds[worker] = kind
        elif not framework.fork_safe or kind in self._unfit:
            self._do(self._prepare(kind), "spare")
        return worker

    def is_warm(self, framework: Framework) -> bool:
        """Whether `warm` has nothing to wait for."""
        known = self._zygotes.get(self._kind_of(framework))
        return not framework.fork_safe or framework.reusable or (known is not None and known.done())

    async def warm(self, framework: Framework) -> None:
        """Return when workers of this framework can be forked, or when it is clear that they cannot."""
        if framework.fork_safe and not framework.reusable:
            await self._zygote(self._kind_of(framework))

    def give_back(self, worker: WorkerProcess) -> None:
        """Keep a worker that has ended its job well for the next of the same owner."""
        kind = self._kinds.pop(worker, None)
        if kind is None or not isinstance(worker, SpawnedWorker):
            return
        if self._warm_seconds <= 0:
            worker.no_more()
        else:
            worker.execution_id = protocol.NO_EXECUTION
            self._spares[kind].append(_Spare(worker, worker.owner_id, time.monotonic()))

    def forget(self, worker: WorkerProcess) -> None:
        """The worker has ended."""
        self._kinds.pop(worker, None)

    async def _forked(
        self, kind: _Kind, execution: Execution, journal: Path, job: dict[str, object]
    ) -> WorkerProcess | None:
        for _ in range(2):  # one that is found dead only now is replaced
            zygote = await self._zygote(kind)
            if zygote is None:
                return None
            try:
                return await zygote.fork(execution.id, {**job, "ticket": tickets.issue(journal)})
            except NotWarm as error:
                log.warning("A worker could not be forked: %s", error)
            if not tickets.take_back(journal):
                return _forked_unheard(execution, journal)
        return None

    async def _zygote(self, kind: _Kind) -> Zygote | None:
        """The kind's zygote, started now if need be; None where there cannot be one."""
        if not _CAN_FORK or self._warm_seconds <= 0 or kind in self._unfit:
            return None
        known = self._zygotes.get(kind)
        if known is None or (known.done() and not _is_usable(known)):
            known = asyncio.create_task(Zygote.start(kind.command, kind.adapter, self._folder))
            self._zygotes[kind] = known
        try:
            return await asyncio.shield(known)
        except (NotWarm, OSError) as error:
            if kind not in self._unfit:
                log.warning("Workers of %s are started one by one: %s", kind.adapter, error)
            self._unfit.add(kind)
            return None

    def _kind_of(self, framework: Framework) -> _Kind:
        """What starts at the same time starts alike: to look through the environments costs as much as a request."""
        now = time.monotonic()
        looked_at, kind = self._looked.get(framework, (0.0, None))
        if kind is None or now - looked_at > _ALIKE_SECONDS:
            kind = _Kind.of(framework, self._data_dir)
            self._looked = {known: found for known, found in self._looked.items() if now - found[0] <= _ALIKE_SECONDS}
            self._looked[framework] = (now, kind)
        return kind

    def _spare(self, kind: _Kind, execution: Execution) -> SpawnedWorker | None:
        """A waiting worker that has run nobody else's job."""
        spares = self._spares[kind]
        for spare in tuple(spares):
            if spare.worker.has_ended:
                spares.remove(spare)
            elif spare.owner_id in {None, execution.owner_id}:
                spares.remove(spare)
                spare.worker.owner_id = execution.owner_id
                return spare.worker
        return None

    async def _prepare(self, kind: _Kind) -> None:
        """Have one worker wait that has loaded the framework already."""
        if self._warm_seconds <= 0 or self._spares[kind] or kind in self._preparing or _memory_is_short():
            return
        self._preparing.add(kind)
        try:
            worker = await asyncio.to_thread(process.spawn, kind.command, self._folder, None, protocol.NO_EXECUTION)
            self._spares[kind].append(_Spare(worker, None, time.monotonic()))
            line = json.dumps({"preload": str(kind.adapter)}).encode() + b"\n"
            await asyncio.to_thread(worker.hand_over, line)
        finally:
            self._preparing.discard(kind)

    async def _tend(self) -> None:
        while True:
            await asyncio.sleep(_TEND_SECONDS)
            with contextlib.suppress(Exception):
                await self._let_go_before(float("inf") if _memory_is_short() else time.monotonic() - self._warm_seconds)

    async def _let_go_before(self, moment: float) -> None:
        """Let go of all that has been idle since before that moment."""
        for kind, starting in list(self._zygotes.items()):
            if starting.done() and not (_is_usable(starting) and _is_wanted(starting.result(), moment)):
                del self._zygotes[kind]
                if _is_usable(starting):
                    starting.result().close()
        for spares in self._spares.values():
            for spare in [spare for spare in spares if spare.since < moment or spare.worker.has_ended]:
                spares.remove(spare)
                await asyncio.to_thread(spare.worker.dismiss)

    def _do(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("The pool of workers met an error", exc_info=error)


def _forked_unheard(execution: Execution, journal: Path) -> WorkerProcess:
    """The worker that was forked just before its zygote went."""
    holder = tickets.holder(journal)
    if holder is None:
        raise Unavailable("A worker was started, but cannot be found again. Start the agent once more.")
    return WorkerProcess(holder, execution.id)


def _hand_over(worker: SpawnedWorker, line: bytes) -> None:
    worker.hand_over(line)
    if not worker.stays:
        worker.no_more()


def _is_usable(starting: "asyncio.Task[Zygote]") -> bool:
    return not starting.cancelled() and starting.exception() is None and starting.result().is_live


def _is_wanted(zygote: Zygote, moment: float) -> bool:
    return not zygote.is_idle or zygote.used_at >= moment


def _memory_is_short() -> bool:
    memory = psutil.virtual_memory()
    return memory.available < memory.total * _LEAST_FREE_MEMORY
