"""Holds the model calls of a run back while a person is asked whether it shall go on."""

import asyncio
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from orchestra.domain.executions import FailureClass, Verdict
from orchestra.domain.questions import Question
from orchestra.domain.reins import Reins
from orchestra.gateway.errors import CallError, run_ended

GO_ON, STOP = "Go on", "Stop"
_LOOK_SECONDS = 0.2


class Pauses:
    """Used on the event loop only; `is_open` says whether an execution still runs."""

    def __init__(self, wait_seconds: float, is_open: Callable[[int], bool]) -> None:
        self._wait_seconds = wait_seconds
        self._is_open = is_open
        self._under_way: dict[int, asyncio.Task[None]] = {}

    def is_paused(self, number: int) -> bool:
        return number in self._under_way

    async def pause(self, number: int, reins: Reins, suspicion: str) -> None:
        """Return when a person lets the run go on; CallError, and it is stopped, if they do not, or nobody answers.

        All calls that come meanwhile wait for the same answer.
        """
        task = self._under_way.get(number)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._ask(number, reins, suspicion))
            self._under_way[number] = task
            task.add_done_callback(lambda done: self._end(number, done))
        await asyncio.shield(task)

    def _end(self, number: int, done: "asyncio.Task[None]") -> None:
        self._under_way.pop(number, None)
        if not done.cancelled():
            done.exception()  # seen, also if nobody waits any more

    async def _ask(self, number: int, reins: Reins, suspicion: str) -> None:
        now = datetime.now(UTC)
        identifier = f"guard-{secrets.token_hex(8)}"
        text = f"This run seems to go round in circles. {suspicion} Its model calls are held back. Shall it go on?"
        expires = now + timedelta(seconds=self._wait_seconds)
        reins.warn(f"{suspicion} Its model calls are held back until somebody says whether it shall go on.", {})
        reins.ask(Question(identifier, text, now, (GO_ON, STOP), expires=expires))
        answer = await self._answer(number, reins, identifier)
        if answer == GO_ON:
            return
        reins.withdraw(identifier)
        if not self._is_open(number):
            raise run_ended()
        why = "A person stopped it." if answer is not None else "Nobody answered whether it shall go on."
        failure = FailureClass.BUDGET if answer is not None else FailureClass.UNANSWERED
        reins.stop(Verdict(f"{suspicion} {why}", failure))
        raise CallError(403, f"{suspicion} {why}", "runaway")

    async def _answer(self, number: int, reins: Reins, identifier: str) -> object:
        """What the person said; None if nobody answered in time, or the run is over."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._wait_seconds
        while self._is_open(number) and loop.time() < deadline:
            if (answer := reins.answer_to(identifier)) is not None:
                return answer
            await asyncio.sleep(_LOOK_SECONDS)
        return None
