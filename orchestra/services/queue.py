"""What a person can do with the queue: see how it stands, pause it, resume it."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime

from orchestra.bus import Bus
from orchestra.domain.identity import Permission, Principal, Role
from orchestra.domain.queueing import Pause, QueueState
from orchestra.engine.engine import Engine
from orchestra.errors import Forbidden
from orchestra_storage.unit import Storage

_TOPIC = "queue"


class QueueService:
    def __init__(self, storage: Storage, bus: Bus, engine: Engine) -> None:
        self._storage = storage
        self._bus = bus
        self._engine = engine

    def show(self, principal: Principal) -> QueueState:
        """How the queue of the whole server stands."""
        principal.require(Permission.READ)
        with self._storage.read() as unit:
            waiting, retrying = unit.queue.counts()
            pause = unit.queue.pause()
        slots = self._engine.slots
        return QueueState(slots.total, self._engine.running, waiting, retrying, dict(slots.of_framework), pause)

    def pause(self, principal: Principal) -> QueueState:
        """Nothing starts from now on, also after a restart of the server; what runs goes on."""
        return self._set(principal, Pause(datetime.now(UTC), principal.name))

    def resume(self, principal: Principal) -> QueueState:
        """What waits starts again."""
        return self._set(principal, None)

    async def follow(self, principal: Principal) -> AsyncGenerator[QueueState]:
        """How the queue stands whenever it was paused or resumed, from now on."""
        principal.require(Permission.READ)
        with self._bus.subscribe(_TOPIC) as states:
            async for state in states:
                yield state

    def _set(self, principal: Principal, pause: Pause | None) -> QueueState:
        _require_owner(principal)
        with self._storage.write() as unit:
            unit.queue.set_pause(pause)
        state = self.show(principal)
        self._bus.publish(_TOPIC, state)
        self._engine.wake()
        return state


def _require_owner(principal: Principal) -> None:
    principal.require(Permission.ADMIN)
    if principal.role is not Role.OWNER:
        raise Forbidden("The queue is everybody's, so only an owner may pause or resume it.")
