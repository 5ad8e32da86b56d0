"""What a person sees at a glance: real numbers, once or as they change."""

import asyncio
import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime

from orchestra.bus import CHANGES, Bus
from orchestra.domain.events import Change
from orchestra.domain.identity import Admission, Permission, Principal
from orchestra.domain.metrics import Dashboard, Timeframe, period_of
from orchestra.engine.ingest import Ingest
from orchestra.services.watch import Watch
from orchestra_storage.metrics import Metrics, Scope
from orchestra_storage.unit import Storage

_RECENT = 10
_SNAPSHOT_SECONDS = 2.0  # adding up takes longer than telling that something changed


class DashboardService:
    def __init__(self, storage: Storage, metrics: Metrics, bus: Bus, watch: Watch, ingest: Ingest) -> None:
        self._storage = storage
        self._ingest = ingest
        self._metrics = metrics
        self._bus = bus
        self._watch = watch

    def show(self, principal: Principal, timeframe: Timeframe) -> Dashboard:
        """The numbers of what the person sees, as they are now."""
        principal.require(Permission.READ)
        owner, period = principal.visible_owner, period_of(timeframe, datetime.now(UTC))
        # First what is under way: what ends meanwhile is in both stores, and counts once.
        with self._storage.read() as unit:
            scope = Scope(None if owner is None else unit.agents.ids(owner), unit.executions.live(owner))
            saved = unit.configurations.count(owner)
            new = unit.configurations.count(owner, since=period.start)
            recent = unit.executions.page(owner, page=1, limit=_RECENT).items
        self._ingest.settle()  # what had ended by then is in the history now
        return Dashboard(timeframe, period, self._metrics.statistics(period, scope), saved, new, recent)

    async def follow(self, admission: Admission, timeframe: Timeframe) -> AsyncGenerator[Dashboard | Change]:
        """The numbers at once, then each change as it comes, and the numbers again soon after changes.

        SlowSubscriber for one who does not keep up; AdmissionEnded as soon as the admission is over.
        """
        principal = admission.principal
        with self._bus.subscribe(CHANGES) as changes, self._watch.over(changes, admission):
            yield await asyncio.to_thread(self.show, principal, timeframe)
            shown, is_old = time.monotonic(), False
            while True:
                wait = max(0.0, shown + _SNAPSHOT_SECONDS - time.monotonic()) if is_old else None
                try:
                    change = await asyncio.wait_for(changes.get(), wait)
                except TimeoutError:
                    yield await asyncio.to_thread(self.show, principal, timeframe)
                    shown, is_old = time.monotonic(), False
                    continue
                if principal.visible_owner in {None, change.owner_id}:
                    is_old = True
                    yield change
