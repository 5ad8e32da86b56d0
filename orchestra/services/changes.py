"""Tells whoever watches what has changed."""

from collections.abc import AsyncGenerator

from orchestra.bus import CHANGES, Bus
from orchestra.domain.events import Change
from orchestra.domain.identity import Principal


class ChangeService:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def follow(self, principal: Principal) -> AsyncGenerator[Change]:
        """What changes from now on of what is the person's; SlowSubscriber for one who does not keep up."""
        with self._bus.subscribe(CHANGES) as changes:
            async for change in changes:
                if principal.visible_owner in {None, change.owner_id}:
                    yield change
