"""Keeps the events of small executions at hand: who looks at one that has just ended need not wait for a store."""

from collections import OrderedDict
from collections.abc import Sequence

from orchestra.domain.events import Event

_MOST_EVENTS = 1_000  # of one execution; a longer one is read from the history
_MOST_EXECUTIONS = 500


class Recent:
    """Written on the event loop, read from any thread. What it gives is all there is of an execution, or nothing."""

    def __init__(self) -> None:
        self._events: OrderedDict[int, list[Event]] = OrderedDict()
        self.edition = 0  # grows with every change

    def add(self, number: int, events: Sequence[Event]) -> None:
        """The execution's next events; it is kept only from its very first on, and as long as it is small."""
        if not events:
            return
        self.edition += 1
        known = self._events.get(number)
        is_first = events[0].attempt == 1 and events[0].seq == 0
        if is_first:
            known = self._events[number] = []
        if known is None:
            return
        if len(known) + len(events) > _MOST_EVENTS:
            self.forget(number)
            return
        known.extend(events)
        self._events.move_to_end(number)
        if len(self._events) > _MOST_EXECUTIONS:
            self._events.popitem(last=False)

    def begin(self, number: int) -> None:
        """The execution has no events yet."""
        self.edition += 1
        self._events[number] = []

    def forget(self, number: int) -> None:
        self.edition += 1
        self._events.pop(number, None)

    def of(self, number: int) -> Sequence[Event] | None:
        """All events of the execution so far, in order; None if they are not kept here."""
        known = self._events.get(number)
        return None if known is None else tuple(known)
