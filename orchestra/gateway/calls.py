"""One call of a model: gives its answer, is cut off when the run's key dies, and is metered exactly once."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from orchestra.gateway.chat import ChatRequest
from orchestra.gateway.completions import DONE, Completion, event, finish_reason
from orchestra.gateway.errors import BUG, CallError, body_of, run_ended
from orchestra.gateway.keys import RunKeys
from orchestra.gateway.metering import Meter, Usage, record
from orchestra.gateway.scripted import Piece, ScriptedModel, characters_of, estimated_tokens

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the holder of `secret`, a key that is worth the execution `number`."""

    secret: str
    number: int


class Call:
    """Making one raises CallError if the model refuses. Once made, have it answered, and end it with `close`."""

    def __init__(self, caller: Caller, request: ChatRequest, model: ScriptedModel, keys: RunKeys, meter: Meter) -> None:
        self._caller = caller
        self._request = request
        self._model = model
        self._keys = keys
        self._meter = meter
        self._answer = model.ask(request.messages)
        self._completion = Completion(model.name)
        self._given: list[Piece] = []
        self._is_metered = False

    async def whole(self) -> dict[str, Any]:
        self._given += self._answer.pieces
        await self._record(complete=True)
        if self._keys.number_of(self._caller.secret) is None:
            raise run_ended()
        return self._completion.whole(self._given, self._usage(complete=True))

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The answer as server-sent events; an error in the middle is the last of them."""
        try:
            async with contextlib.aclosing(self._chunks()) as chunks:
                async for chunk in chunks:
                    yield chunk
        except CallError as error:
            await self.close()
            yield event(body_of(error))
        except Exception:
            log.exception("A stream of the model gateway broke off: execution %d", self._caller.number)
            await self.close()
            yield event(body_of(BUG))

    async def close(self) -> None:
        """Have what is known metered, if the call did not come to its end."""
        with contextlib.suppress(Exception):  # is in the log
            await self._record(complete=False)

    async def _chunks(self) -> AsyncGenerator[bytes, None]:
        yield self._completion.opening()
        async with contextlib.aclosing(self._answer.stream()) as pieces:
            with _Leash(self._keys, self._caller.secret) as leash:
                while (piece := await leash.next(pieces)) is not None:
                    self._given.append(piece)
                    yield self._completion.piece(piece)
        # Metered before the client learns that it has it all, so that a run's end does not overtake its tokens.
        await self._record(complete=True)
        yield self._completion.finish(finish_reason(self._given))
        if self._request.include_usage:
            yield self._completion.usage(self._usage(complete=True))
        yield DONE

    def _usage(self, complete: bool) -> Usage:
        output_tokens = estimated_tokens(sum(map(characters_of, self._given)))
        return Usage(self._model.name, self._model.provider, self._answer.input_tokens, output_tokens, complete)

    async def _record(self, complete: bool) -> None:
        if not self._is_metered:
            self._is_metered = True
            await record(self._meter, self._caller.number, self._usage(complete))


class _Leash:
    """Gives a model's pieces until the key dies: then CallError at once, even in the middle of a wait."""

    def __init__(self, keys: RunKeys, secret: str) -> None:
        self._keys = keys
        self._secret = secret
        self._loop = asyncio.get_running_loop()
        self._watch = keys.watch(secret, self._pull)
        self._waiting: asyncio.Timeout | None = None

    def __enter__(self) -> "_Leash":
        self._watch.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.__exit__(None, None, None)

    async def next(self, pieces: AsyncGenerator[Piece, None]) -> Piece | None:
        """The next piece, None behind the last."""
        try:
            async with asyncio.timeout(None) as self._waiting:
                self._check()
                piece = await anext(pieces, None)
        except TimeoutError:
            self._check()
            raise
        finally:
            self._waiting = None
        self._check()
        return piece

    def _check(self) -> None:
        if self._keys.number_of(self._secret) is None:
            raise run_ended()

    def _pull(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._end_wait)

    def _end_wait(self) -> None:
        if self._waiting is not None:
            self._waiting.reschedule(self._loop.time())
