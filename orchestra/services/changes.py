"""Tells whoever watches what has changed."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from orchestra.bus import CHANGES, Bus, session_topic
from orchestra.domain.events import Change
from orchestra.domain.identity import Principal
from orchestra.errors import OrchestraError, Unauthenticated
from orchestra.services.identity import IdentityService

_LOOK_SECONDS = 15.0  # nobody tells of what another process revokes, or of what just expires


class ChangeService:
    def __init__(self, bus: Bus, identity: IdentityService) -> None:
        self._bus = bus
        self._identity = identity

    async def follow(self, principal: Principal) -> AsyncGenerator[Change]:
        """What changes from now on of what is the person's; SlowSubscriber for one who does not keep up."""
        with self._bus.subscribe(CHANGES) as changes:
            async for change in changes:
                if principal.visible_owner in {None, change.owner_id}:
                    yield change

    async def session_ended(self, session_hash: str) -> None:
        """Return when the session is over: signed out, expired, revoked with its key or its person."""
        with self._bus.subscribe(session_topic(session_hash)) as ended:
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(ended.get(), _LOOK_SECONDS)
                    return
                try:
                    await asyncio.to_thread(self._identity.by_session_hash, session_hash)
                except Unauthenticated:
                    return
                except OrchestraError:
                    continue  # a database that does not answer just now says nothing about the session
