"""Watches one run: whose turn it is, whether it is to stop, and what went wrong that CAMEL would pass over."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
import time
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context, Step

_POLL_SECONDS = 0.01
_TURN_SECONDS = 1.0  # a call of a model that is under way may end when the run is asked to stop, but no later than this
_speaker: contextvars.ContextVar[str | None] = contextvars.ContextVar("speaker", default=None)


class Watch:
    """Made on the run's event loop; every method but `over` may be called from any thread."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.stop = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._trouble: asyncio.Future[None] = self._loop.create_future()
        self._error: BaseException | None = None
        self._stop_at: float | None = None

    def ask_to_stop(self) -> None:
        """CAMEL's own way: agents end after the reply that they wait for."""
        self._stop_at = time.monotonic() + _TURN_SECONDS
        self.stop.set()

    def report(self, error: BaseException) -> None:
        """This ends the run, whatever CAMEL makes of it: it tries again, plans anew or leaves it in a task's result."""
        self._error = error
        self._loop.call_soon_threadsafe(self._end_with, error)

    def _end_with(self, error: BaseException) -> None:
        if not self._trouble.done():
            self._trouble.set_exception(error)

    def check(self) -> None:
        """Raise if nothing further is to be begun."""
        if self._error is not None:
            raise self._error
        if self.stop.is_set():
            raise asyncio.CancelledError

    async def over(self, work: asyncio.Task[Any]) -> Any:
        """What the work comes to, or the error that was reported meanwhile."""
        await asyncio.wait({work, self._trouble}, return_when=asyncio.FIRST_COMPLETED)
        if self._trouble.done():
            work.cancel()
            await asyncio.wait({work}, timeout=_TURN_SECONDS)
            self._trouble.result()
        return work.result()

    @contextlib.contextmanager
    def turn(self, name: str) -> Generator[Step, None, None]:
        """One answer of an agent, with the models and tools that it needs for it."""
        token = _speaker.set(name)
        try:
            with self.context.step(name, type="agent", node=name) as step:
                yield step
        finally:
            _speaker.reset(token)

    def token(self, text: str) -> None:
        """A piece of what the agent whose turn it is says."""
        if text and not self.stop.is_set():
            self.context.token(text, name=_speaker.get())

    def waited_for(self, call: Callable[[], Any]) -> Any:
        """The result of a blocking call.

        CAMEL makes such calls on the event loop, which then cannot hear that the run is to stop: so the call is made in
        a thread, and this one looks up.
        """
        outcome: list[Any] = []
        done, context = threading.Event(), contextvars.copy_context()

        def make() -> None:
            try:
                outcome.extend((context.run(call), None))
            except BaseException as error:  # noqa: BLE001 - it is raised again where it is waited for
                outcome.extend((None, error))
            done.set()

        threading.Thread(target=make, daemon=True).start()
        while not done.wait(_POLL_SECONDS):
            if self._stop_at is not None and time.monotonic() > self._stop_at:
                raise asyncio.CancelledError
        if outcome[1] is not None:
            raise outcome[1]
        return outcome[0]
