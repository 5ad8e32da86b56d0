"""Ends what is open under a key or session as soon as that is not valid any more, and says why."""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from orchestra.bus import ADMISSIONS, Bus, Subscription
from orchestra.domain.identity import Admission, Ending
from orchestra.errors import AdmissionEnded, OrchestraError
from orchestra.services.admissions import Admissions
from orchestra_storage.haste import promptly
from orchestra_storage.stamp import Stamp
from orchestra_storage.unit import Storage

_LOOK_SECONDS = 1.0  # nobody tells of what another process revokes, or of what just expires
_SENTENCES = {
    Ending.REVOKED: "The key was revoked. Use another one.",
    Ending.SIGNED_OUT: "The session was signed out. Sign in again.",
    Ending.EXPIRED: "The key or session has expired. Sign in again, or use another key.",
    Ending.DEACTIVATED: "This person was switched off or deleted. Ask an owner.",
    Ending.ROLE_CHANGED: "This person was given another role. Connect again to see what it shows.",
}


class Watch:
    """One for the whole server; everything happens on its event loop."""

    def __init__(self, storage: Storage, bus: Bus, admissions: Admissions) -> None:
        self._storage = storage
        self._bus = bus
        self._admissions = admissions
        self._waiting: dict[Admission, set[asyncio.Future[Ending]]] = {}
        self._task: asyncio.Task[None] | None = None

    async def ended(self, admission: Admission) -> Ending:
        """Return once the admission is not valid any more, with the reason."""
        waiting: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(admission, set()).add(waiting)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look_out(), name="admissions")
        try:
            with contextlib.suppress(OrchestraError):  # a database that does not answer just now says nothing
                # It may have ended between being let in and now.
                if ending := await asyncio.to_thread(self._admissions.why_over, admission):
                    return ending
            return await waiting
        finally:
            self._forget(admission, waiting)

    async def check(self, admission: Admission) -> None:
        """AdmissionEnded if the admission is over; hardly any work where nothing was changed of people and keys."""
        if self._admissions.at_once(admission.credential) is not None:
            return
        if reason := await promptly(lambda: self._admissions.why_over(admission)):
            raise _ended(reason)

    @contextlib.contextmanager
    def over(self, subscription: Subscription, admission: Admission | None) -> Iterator[None]:
        """Meanwhile, have the subscription fail with AdmissionEnded once the admission is over; None never is."""
        if admission is None:
            yield
            return
        task = asyncio.create_task(self._fail_when_ended(subscription, admission), name="admission")
        try:
            yield
        finally:
            task.cancel()

    async def _fail_when_ended(self, subscription: Subscription, admission: Admission) -> None:
        reason = await self.ended(admission)
        subscription.fail(_ended(reason))

    async def _look_out(self) -> None:
        seen: Stamp | None = None
        with self._bus.subscribe(ADMISSIONS) as told:
            while self._waiting:
                stamp = self._storage.stamp()
                if stamp is None or stamp != seen or self._is_any_due():
                    seen = stamp if await self._look_through() else None
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(told.get(), _LOOK_SECONDS)

    def _is_any_due(self) -> bool:
        now = datetime.now(UTC)
        return any(one.expires_at is not None and one.expires_at <= now for one in self._waiting)

    async def _look_through(self) -> bool:
        """Tell of all that are over; False if the database did not answer."""
        try:
            self._tell(await asyncio.to_thread(self._endings, list(self._waiting)))
        except OrchestraError:
            return False
        return True

    def _endings(self, admissions: list[Admission]) -> Mapping[Admission, Ending]:
        looked = {admission: self._admissions.why_over(admission) for admission in admissions}
        return {admission: ending for admission, ending in looked.items() if ending is not None}

    def _tell(self, endings: Mapping[Admission, Ending]) -> None:
        for admission, ending in endings.items():
            for waiting in self._waiting.get(admission, ()):
                if not waiting.done():
                    waiting.set_result(ending)

    def _forget(self, admission: Admission, waiting: asyncio.Future[Ending]) -> None:
        others = self._waiting.get(admission, set())
        others.discard(waiting)
        if not others:
            self._waiting.pop(admission, None)


def _ended(reason: Ending) -> AdmissionEnded:
    return AdmissionEnded(reason.value, _SENTENCES[reason])
