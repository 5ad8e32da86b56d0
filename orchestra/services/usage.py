"""Tells whoever watches that an execution's model calls have added up to more."""

from orchestra.bus import CHANGES, Bus
from orchestra.domain.events import ExecutionChanged
from orchestra.domain.executions import Execution
from orchestra.engine.call_store import CallStore


class UsageService:
    def __init__(self, bus: Bus, calls: CallStore) -> None:
        self._bus = bus
        self._calls = calls

    def settled(self, execution: Execution) -> None:
        """A model call of this execution was written down."""
        self._calls.wake()
        changed = ExecutionChanged(execution.id, execution.agent_id, execution.owner_id, execution.status.value)
        self._bus.publish(CHANGES, changed)
