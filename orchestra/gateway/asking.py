"""Asks one target after the other, each as often as is sensible, until one answers."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime

from orchestra.domain.model_calls import Target
from orchestra.gateway.attempts import Next, decide
from orchestra.gateway.errors import CallError
from orchestra.gateway.requests import Asked, narrowed
from orchestra.gateway.sources import Reply, Source, Unanswered

_JITTER = 0.2
_NOT_UNDERSTOOD = frozenset({400, 422})


class Asker:
    """`on_asking` hears before each attempt who is asked; `headers` are those of the client that concern it."""

    def __init__(
        self,
        source_of: Callable[[Target], Source],
        asked: Asked,
        headers: Mapping[str, str],
        on_asking: Callable[[Target], None],
    ) -> None:
        self._source_of = source_of
        self._asked = asked
        self._headers = headers
        self._on_asking = on_asking

    async def first_answer(
        self, targets: Sequence[Target], stack: AsyncExitStack, most_output_tokens: int | None = None
    ) -> Reply:
        """The first answer that is not passed over, good or bad, open as long as the stack is.

        `most_output_tokens` is the bound to set on each reply, if there is to be one that the request does not set.

        Unanswered if the last attempt of all brought nothing; CallError if the last must not be asked from here.
        """
        *others, last = targets
        asked = replace(self._asked, most_output_tokens=most_output_tokens)
        for target in others:
            if reply := await self._answer_of(target, asked, True, stack):
                return reply
        reply = await self._answer_of(last, asked, False, stack)
        assert reply is not None, "the last is not passed over"
        return reply

    async def _answer_of(self, target: Target, asked: Asked, has_other: bool, stack: AsyncExitStack) -> Reply | None:
        """The target's answer; None if another target is to be asked instead."""
        tried = 0
        while True:
            tried += 1
            attempt = await stack.enter_async_context(AsyncExitStack())
            reply, fault = await self._attempt(target, asked, attempt)
            if reply and reply.status in _NOT_UNDERSTOOD and (closer := narrowed(asked)):
                asked, tried = closer, tried - 1
                await attempt.aclose()
                continue
            status, headers = (reply.status, reply.headers) if reply else (_status_of(fault), {})
            decision = decide(status, headers, tried, target.retries, has_other, datetime.now(UTC))
            if decision.next is Next.ANSWER:
                if fault is not None:
                    raise fault
                return reply
            await attempt.aclose()
            if decision.next is Next.ELSEWHERE:
                return None
            await asyncio.sleep(decision.wait_seconds * random.uniform(1, 1 + _JITTER))  # noqa: S311 - no secret

    async def _attempt(
        self, target: Target, asked: Asked, attempt: AsyncExitStack
    ) -> tuple[Reply | None, Unanswered | CallError | None]:
        self._on_asking(target)
        opening = self._source_of(target).open(target, asked, self._headers)
        try:
            return await attempt.enter_async_context(opening), None
        except (Unanswered, CallError) as fault:
            return None, fault


def _status_of(fault: Unanswered | CallError | None) -> int | None:
    """That of a refusal of our own, such as of an address that a name leads to; a provider that is away has none."""
    return fault.status if isinstance(fault, CallError) else None
