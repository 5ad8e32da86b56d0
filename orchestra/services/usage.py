"""Puts what a model call used onto its execution."""

from orchestra.bus import CHANGES, Bus
from orchestra.domain.events import ExecutionChanged
from orchestra_storage.unit import Storage


class UsageService:
    def __init__(self, storage: Storage, bus: Bus) -> None:
        self._storage = storage
        self._bus = bus

    def record(self, number: int, tokens: int, cost: float | None) -> None:
        """Add tokens, and money where it is known, to the execution of that number."""
        with self._storage.write() as unit:
            unit.executions.add_usage(number, tokens, cost)
            execution = unit.executions.by_number(number)
        if execution is not None:
            changed = ExecutionChanged(execution.id, execution.agent_id, execution.owner_id, execution.status.value)
            self._bus.publish(CHANGES, changed)
