"""Tells webhooks what concerns the server itself."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from orchestra import __version__
from orchestra.domain.webhooks import Announcement
from orchestra_storage.unit import Storage


class SystemService:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def announce(self, event: str, facts: Mapping[str, Any] | None = None) -> None:
        """Post an event of the server's own to the webhooks of owners that want it."""
        with self._storage.write() as unit:
            data = {"version": __version__, **(facts or {})}
            unit.outbox.announce(Announcement(event, None, data, datetime.now(UTC)))
