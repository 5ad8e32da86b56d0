"""The shape of the queue."""

from datetime import datetime

from orchestra.api.schemas import ABSENT, Shape
from orchestra.domain.queueing import QueueState


class QueueOut(Shape):
    is_paused: bool
    paused_at: datetime = ABSENT
    paused_by: str = ABSENT
    slots: int
    framework_slots: dict[str, int]
    running: int
    waiting: int
    retrying: int

    @staticmethod
    def of_state(state: QueueState) -> "QueueOut":
        return QueueOut.of(
            is_paused=state.pause is not None,
            paused_at=state.pause.since if state.pause else None,
            paused_by=state.pause.by if state.pause else None,
            slots=state.slots,
            framework_slots=dict(state.framework_slots),
            running=state.running,
            waiting=state.waiting,
            retrying=state.retrying,
        )
