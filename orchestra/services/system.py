"""Tells webhooks what concerns the server itself."""

from datetime import UTC, datetime

from orchestra import __version__
from orchestra.domain.webhooks import Announcement
from orchestra_storage.unit import Storage


class SystemService:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def announce(self, event: str) -> None:
        """Post an event of the server's own to the webhooks of owners that want it."""
        with self._storage.write() as unit:
            unit.outbox.announce(Announcement(event, None, {"version": __version__}, datetime.now(UTC)))
