"""The only door to APScheduler: hands due work to the runner that does it.

APScheduler is a clock here and nothing more: its stock executors cancel what runs when they shut down and forget it
after a crash, so ours only starts the work, and the engine watches over it.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# APScheduler has no types; this is the only file that sees it.

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from apscheduler.events import EVENT_JOB_EXECUTED, JobExecutionEvent
from apscheduler.executors.base import BaseExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler

_WORKERS = "workers"


class _WorkerExecutor(BaseExecutor):
    """Starts each job as a task of the event loop; the job itself runs in a worker process."""

    def __init__(self) -> None:
        super().__init__()
        self._tasks: set[asyncio.Task[None]] = set()

    def _do_submit_job(self, job: Any, run_times: list[datetime]) -> None:
        task = asyncio.get_running_loop().create_task(self._run(job, run_times), name=f"job-{job.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def let_go(self) -> None:
        """Stop watching over what runs."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, job: Any, run_times: list[datetime]) -> None:
        try:
            await job.func(*job.args)
        except Exception:  # noqa: BLE001 - APScheduler logs it and tells its listeners
            self._run_job_error(job.id, *sys.exc_info()[1:])
        else:
            events = [JobExecutionEvent(EVENT_JOB_EXECUTED, job.id, job._jobstore_alias, at, None) for at in run_times]
            self._run_job_success(job.id, events)


class Clock:
    """Runs work when it is due, on the running event loop."""

    def __init__(self) -> None:
        self._executor = _WorkerExecutor()
        # A grace time would count the wait for the event loop as a miss, and drop accepted work without a word.
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            executors={_WORKERS: self._executor},
            job_defaults={"misfire_grace_time": None, "max_instances": 1},
        )

    def start(self) -> None:
        self._scheduler.start()

    async def stop(self) -> None:
        """No more work is started, and nobody watches over what runs; the worker processes are not touched."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        await self._executor.let_go()

    def run_at(self, name: str, at: datetime, work: Callable[..., Awaitable[None]]) -> None:
        """Start the work at a moment, in place of what was to start under that name."""
        self._scheduler.add_job(work, "date", run_date=at, id=name, executor=_WORKERS, replace_existing=True)

    def run_now(self, name: str, work: Callable[..., Awaitable[None]], *arguments: Any) -> None:
        """Start the work as soon as the loop is free; a name that is still under way is refused with ValueError."""
        self._scheduler.add_job(work, args=arguments, id=name, executor=_WORKERS)
