"""One call of a model: passes the answer on, and is settled exactly once, whatever becomes of it."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass

from starlette.types import Receive

from orchestra.domain.model_calls import CallRecord, CallStatus, Target
from orchestra.gateway.admission import Admission
from orchestra.gateway.asking import Asker
from orchestra.gateway.errors import BUG, CallError
from orchestra.gateway.keys import RunKeys
from orchestra.gateway.leash import CUT, leash
from orchestra.gateway.observed import Observed
from orchestra.gateway.outlet import Outlet
from orchestra.gateway.ports import Reservation
from orchestra.gateway.refusals import Refusals
from orchestra.gateway.requests import adds_usage
from orchestra.gateway.sources import Reply, Unanswered
from orchestra.gateway.wire.formats import FORMATS
from orchestra.gateway.wire.reading import error_in, read_json
from orchestra.gateway.wire.sse import Events, data_of
from orchestra_storage.haste import WouldWait, promptly

log = logging.getLogger(__name__)

MOST_REPLY_BYTES = 100_000_000
_SHORT_BYTES = 200_000
_PATIENCE_SECONDS = 120.0
PROVIDER_FAILED = "provider_failed"
_TIMED_OUT = 504


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the holder of `secret`, a key that is worth an attempt at the execution `number`."""

    secret: str
    number: int
    attempt: int


class Call:
    """A call that is understood; `answer` it once."""

    def __init__(self, observed: Observed, admission: Admission, asker: Asker, refusals: Refusals) -> None:
        self._observed = observed
        self._admission = admission
        self._asker = asker
        self._refusals = refusals
        self._format = FORMATS[observed.asked.format]
        self._reservation: Reservation | None = None
        self._is_settled = False

    async def answer(self, keys: RunKeys, secret: str, receive: Receive, outlet: Outlet) -> None:
        """Give the client its answer, or tell it why there is none."""
        refusal = None
        try:
            async with leash(keys, secret, receive), AsyncExitStack() as stack:
                targets = await self._admit()
                bound = self._reservation.most_output_tokens if self._reservation else None
                reply = await self._asker.first_answer(targets, stack, bound)
                await (self._stream(reply, outlet) if reply.is_stream else self._whole(reply, outlet))
        except CallError as error:
            # Of others, no provider has heard: an address that must not be connected to refuses before that.
            status = CallStatus.CUT if error.code in CUT else CallStatus.REFUSED
            await self._close(status, error.status, error.message)
            refusal = error
        except Unanswered as error:
            is_cut = outlet.is_open or error.status == _TIMED_OUT  # for what was said until now, somebody pays
            await self._close(CallStatus.CUT if is_cut else CallStatus.FAILED, error.status, error.message)
            refusal = CallError(error.status, error.message, PROVIDER_FAILED)
        except Exception:
            log.exception("A call of a model broke off: execution %d", self._observed.number)
            await self._close(CallStatus.CUT, BUG.status, BUG.message)
            refusal = BUG
        except BaseException:
            await self._close(CallStatus.CUT, 503, "The server was stopped.")
            raise
        if refusal is not None:
            self._refusals.note(self._observed.number, refusal)
            await outlet.refuse(refusal)

    async def _admit(self) -> Sequence[Target]:
        """Who may be asked, the best first; CallError if nobody."""
        observed, admission = self._observed, self._admission
        targets = await promptly(lambda: admission.targets(observed.number, observed.asked))
        await admission.clear(observed.number, targets, observed.asked)
        until = time.monotonic() + _PATIENCE_SECONDS
        while self._reservation is None:
            await admission.wait(observed.number, targets, observed.asked, until)
            await self._reserve(targets, may_wait=time.monotonic() < until)
        return targets

    async def _reserve(self, targets: Sequence[Target], may_wait: bool) -> None:
        number, asked, reserve = self._observed.number, self._observed.asked, self._admission.reserve
        reserving = asyncio.ensure_future(promptly(lambda: reserve(number, targets, asked, may_wait)))
        try:
            self._reservation = await asyncio.shield(reserving)
        except asyncio.CancelledError:  # the thread sets aside all the same, and that must be given back
            with contextlib.suppress(CallError):
                self._reservation = await reserving
            raise

    async def _whole(self, reply: Reply, outlet: Outlet) -> None:
        """Pass on an answer that is no stream, as it is, be it an error or not."""
        body = await reply.whole(MOST_REPLY_BYTES)
        self._observed.replied(body)
        self._observed.http_status = reply.status
        # Settled before the client has it, so that a run's end does not overtake its tokens.
        if reply.status < 400:
            self._format.read_reply(body, self._observed.reading)
            self._observed.note_first_token()
            await self._settle(CallStatus.COMPLETED)
            self._refusals.forget(self._observed.number)
        else:
            refusal = _refusal_in(reply.status, body)
            await self._settle(CallStatus.FAILED, refusal.message)
            self._refusals.note(self._observed.number, refusal)
        await outlet.whole(reply.status, reply.headers, body)

    async def _stream(self, reply: Reply, outlet: Outlet) -> None:
        """Pass on events as they come. Unanswered if they end before the answer does."""
        observed, reading = self._observed, self._observed.reading
        observed.http_status, observed.streamed = reply.status, True
        self._refusals.forget(observed.number)
        await outlet.open(reply.status, reply.headers)
        async with aclosing(self._passed_events(reply)) as passing:
            async for events in passing:
                observed.note_first_token()
                observed.replied(events)
                if reading.is_done or reading.error:
                    await self._end_stream()
                await outlet.send(events)
        await self._end_stream()
        await outlet.finish()

    async def _end_stream(self) -> None:
        """Settle what the provider brought to an end, by an error of its own or as it should be."""
        reading = self._observed.reading
        if reading.error:
            await self._settle(CallStatus.CUT, reading.error)
            self._refusals.note(self._observed.number, CallError(502, reading.error, PROVIDER_FAILED))
        elif reading.is_complete:
            await self._settle(CallStatus.COMPLETED)
        else:
            raise Unanswered(502, "The provider's stream ended before the answer did.")

    async def _passed_events(self, reply: Reply) -> AsyncGenerator[bytes, None]:
        """The events, read, as many at once as came at once, without a usage that the client did not ask for."""
        events = Events()
        hides_usage = adds_usage(self._observed.asked, self._observed.target) if self._observed.target else False
        async for chunk in reply.chunks:
            if passed := b"".join(event for event in events.feed(chunk) if self._passes(event, hides_usage)):
                yield passed
        rest = events.rest()
        # Half an event would break its reader; a last one may lack its empty line.
        if rest.strip() and (_is_whole(rest) and self._passes(rest, hides_usage)):
            yield rest

    def _passes(self, event: bytes, hides_usage: bool) -> bool:
        data = self._format.read_event(event, self._observed.reading)
        return not (hides_usage and data is not None and data.get("choices") == [] and data.get("usage"))

    async def _close(self, status: CallStatus, http_status: int, error: str) -> None:
        """Settle a call that did not come to its end, if it is not."""
        observed = self._observed
        observed.http_status = observed.http_status or http_status
        with contextlib.suppress(Exception):  # is in the log
            if status is CallStatus.CUT and observed.reading.is_complete:
                await self._settle(CallStatus.COMPLETED)  # only the last bytes did not reach the client
            else:
                await self._settle(status, error)

    async def _settle(self, status: CallStatus, error: str | None = None) -> None:
        """Once begun, it ends even if whoever waits for it is cancelled."""
        if self._is_settled:
            return
        self._is_settled = True
        record = self._observed.record(status, error)
        settle = self._reservation.settle if self._reservation else self._admission.keep_refused
        is_short = len(record.request) + len(record.reply) <= _SHORT_BYTES
        writing = promptly(lambda: _write(settle, record)) if is_short else asyncio.to_thread(_write, settle, record)
        await asyncio.shield(asyncio.ensure_future(writing))


def _write(settle: Callable[[CallRecord], None], record: CallRecord) -> None:
    try:
        settle(record)
    except WouldWait:
        raise
    except Exception:
        log.exception(
            "What a model call used could not be written down: execution %d, %s", record.number, record.tokens
        )
        raise


def _refusal_in(status: int, body: bytes) -> CallError:
    """A provider's error, for whoever wants to know why a run failed."""
    message, code = error_in(read_json(body))
    return CallError(status, message or f"The provider answered with status {status}.", code)


def _is_whole(event: bytes) -> bool:
    data = data_of(event).strip()
    return data == b"[DONE]" or read_json(data) is not None
