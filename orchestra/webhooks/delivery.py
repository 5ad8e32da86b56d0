"""Delivers what waits in the outbox, again and again until it arrives or nobody wants it any more."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from orchestra.bus import CHANGES, Bus, SlowSubscriber
from orchestra.domain.retries import Verdict, next_attempt, verdict_of
from orchestra.domain.signing import headers_for
from orchestra.domain.webhooks import Announcement, Attempt, Delivery, DeliveryStatus
from orchestra.errors import OrchestraError
from orchestra.vault import Vault
from orchestra.webhooks.sender import Answer, Sender
from orchestra_storage.haste import promptly, refuse_haste
from orchestra_storage.unit import Storage, Unit

log = logging.getLogger(__name__)

_AT_ONCE = 32
_AT_ONCE_EACH = 4  # one endpoint that hangs leaves room for the others
_LOOK_SECONDS = 5.0
_LEAVE_SECONDS = 2.0
_BREATH_SECONDS = 0.05
_KEPT = timedelta(days=30)
_FORGET_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Patience:
    """The pauses before each further attempt, in seconds, and for how long an endpoint may fail without a break."""

    pauses: Sequence[float]
    disable_after: timedelta


class Postman:
    """Runs on the event loop. What is under way at a crash is sent once more: at least once, never not at all."""

    def __init__(self, storage: Storage, bus: Bus, vault: Vault, sender: Sender, patience: Patience) -> None:
        self._storage = storage
        self._bus = bus
        self._vault = vault
        self._sender = sender
        self._patience = patience
        self._under_way: dict[str, str] = {}  # delivery → webhook
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._sending: set[asyncio.Task[None]] = set()
        self._forgot_at: datetime | None = None

    def start(self) -> None:
        for work in (self._listen(), self._look_again_and_again()):
            task = asyncio.create_task(work)
            self._tasks.add(task)

    async def stop(self) -> None:
        """Send what can be sent within a moment; all else waits for the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(OrchestraError):
            await self._look()
        if self._sending:
            await asyncio.wait(self._sending, timeout=_LEAVE_SECONDS)
        for task in tuple(self._sending):
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(SlowSubscriber), self._bus.subscribe(CHANGES) as changes:
                async for _ in changes:
                    self._wake.set()

    async def _look_again_and_again(self) -> None:
        while True:
            self._wake.clear()
            wait = _LOOK_SECONDS
            try:
                wait = await self._look()
            except Exception:
                log.exception("Webhooks could not be looked at; it is tried again")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait)
            await asyncio.sleep(_BREATH_SECONDS)  # of many changes at once, one look finds all

    async def _look(self) -> float:
        """Send what is due as far as there is room; in how many seconds to look again."""
        now = datetime.now(UTC)
        due, following = await promptly(lambda: self._find(now))
        for delivery in due:
            self._under_way[delivery.id] = delivery.webhook_id
            task = asyncio.create_task(self._send(delivery))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        if following is None:
            return _LOOK_SECONDS
        return min(_LOOK_SECONDS, max(0.01, (following - now).total_seconds()))

    def _find(self, now: datetime) -> tuple[Sequence[Delivery], datetime | None]:
        """What is to be sent now, and when more is. In haste only if there is nothing to send."""
        if self._forgot_at is None or now - self._forgot_at > _FORGET_EVERY:
            self._forget(now)
        busy, found = Counter(self._under_way.values()), list[Delivery]()
        with self._storage.read() as unit:
            if not (webhooks := unit.deliveries.webhooks_due(now)):
                return (), unit.deliveries.next_due_after(now)
            refuse_haste()
            for webhook_id in webhooks:
                waiting = unit.deliveries.due(webhook_id, now, 2 * _AT_ONCE_EACH)
                free = [one for one in waiting if one.id not in self._under_way]
                found += free[: _AT_ONCE_EACH - busy[webhook_id]]
            following = unit.deliveries.next_due_after(now)
        return found[: max(0, _AT_ONCE - len(self._under_way))], following

    def _forget(self, now: datetime) -> None:
        refuse_haste()
        with self._storage.write() as unit:
            unit.deliveries.forget(now - _KEPT)
            unit.hooks.forget_messages(now - _KEPT)
        self._forgot_at = now

    async def _send(self, delivery: Delivery) -> None:
        try:
            at = datetime.now(UTC)
            answer = await self._post(delivery, at)
            await asyncio.to_thread(self._record, delivery, at, answer)
        except Exception:
            log.exception("The delivery %s could not be recorded; it is sent once more", delivery.id)
            await asyncio.sleep(1)
        finally:
            del self._under_way[delivery.id]
            self._wake.set()

    async def _post(self, delivery: Delivery, at: datetime) -> Answer:
        target = await asyncio.to_thread(self._target_of, delivery)
        if isinstance(target, Answer):
            return target
        url, secret = target
        body = delivery.payload.encode()
        return await self._sender.post(url, headers_for(secret, delivery.message_id, int(at.timestamp()), body), body)

    def _target_of(self, delivery: Delivery) -> tuple[str, str] | Answer:
        with self._storage.read() as unit:
            webhook = unit.webhooks.get(delivery.webhook_id)
        if webhook is None:
            return Answer(0, error="The webhook was deleted.")
        try:
            return webhook.url, self._vault.unseal(webhook.sealed_secret)
        except OrchestraError as error:
            return Answer(0, error=error.message)

    def _record(self, delivery: Delivery, at: datetime, answer: Answer) -> None:
        now = datetime.now(UTC)
        number, verdict = delivery.attempts + 1, verdict_of(answer.status_code)
        attempt = Attempt(number, at, answer.duration_ms, answer.status_code, answer.error, answer.response)
        with self._storage.write() as unit:
            if verdict is Verdict.DELIVERED:
                unit.deliveries.record(delivery.id, attempt, DeliveryStatus.DELIVERED, now, None)
                unit.webhooks.failing(delivery.webhook_id, None)
                return
            following = None
            if verdict is Verdict.RETRY:
                following = next_attempt(number, self._patience.pauses, now, answer.retry_after)
            status = DeliveryStatus.FAILED if following is None else DeliveryStatus.PENDING
            unit.deliveries.record(delivery.id, attempt, status, now, following)
            unit.webhooks.failing(delivery.webhook_id, now)
            self._disable_if_hopeless(unit, delivery, verdict, now)

    def _disable_if_hopeless(self, unit: Unit, delivery: Delivery, verdict: Verdict, now: datetime) -> None:
        webhook = unit.webhooks.get(delivery.webhook_id)
        if webhook is None or not webhook.is_active or webhook.failing_since is None:
            return
        if verdict is Verdict.GONE:
            reason = "The endpoint answered 410 Gone: it wants no more messages."
        elif now - webhook.failing_since >= self._patience.disable_after:
            reason = f"Every delivery has failed since {webhook.failing_since:%Y-%m-%d %H:%M} UTC."
        else:
            return
        unit.webhooks.disable(webhook.id, reason)
        unit.deliveries.give_up(webhook.id, now)
        data = {"webhook": {"id": webhook.id, "url": webhook.url}, "reason": reason}
        unit.outbox.announce(Announcement("system.webhook_disabled", webhook.owner_id, data, now))
        log.warning("The webhook %s was disabled. %s", webhook.id, reason)
