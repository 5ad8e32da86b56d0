"""Ends a call at once when its run's key dies or its client leaves."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import Receive

from orchestra.gateway.errors import CallError, run_ended
from orchestra.gateway.keys import RunKeys

_CLIENT_LEFT = "client_left"
CUT = frozenset({_CLIENT_LEFT, "run_ended"})
"""The codes of what breaks a call off."""


@asynccontextmanager
async def leash(keys: RunKeys, secret: str, receive: Receive) -> AsyncIterator[None]:
    """What is done within is broken off, wherever it waits: then CallError, `client_left` or `run_ended`."""
    loop = asyncio.get_running_loop()
    reasons: list[CallError] = []
    try:
        async with asyncio.timeout(None) as scope:

            def pull(reason: CallError) -> None:
                if not reasons:
                    reasons.append(reason)
                    with contextlib.suppress(RuntimeError):  # it is over anyway
                        scope.reschedule(loop.time())

            def pull_from_thread() -> None:
                with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                    loop.call_soon_threadsafe(pull, run_ended())

            async def watch_client() -> None:
                while (await receive())["type"] != "http.disconnect":
                    pass
                pull(CallError(499, "The client left before it had its answer.", _CLIENT_LEFT))

            with keys.watch(secret, pull_from_thread):
                watching = asyncio.create_task(watch_client(), name="client of a model call")
                try:
                    yield
                finally:
                    watching.cancel()
    except TimeoutError:
        if reasons:
            raise reasons[0] from None
        raise
