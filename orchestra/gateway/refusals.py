"""Remembers which run was refused an answer last, so that its end can tell why it failed."""

import threading
from collections import OrderedDict

from orchestra.domain.refusals import ModelRefusal
from orchestra.gateway.errors import CallError

_REMEMBERED = 10_000
_NO_REFUSAL = frozenset({"run_ended", "invalid_api_key", "client_left"})  # these say nothing of the model


class Refusals:
    """In memory, for as long as the server lives; may be used from any thread."""

    def __init__(self, remembered: int = _REMEMBERED) -> None:
        self._lock = threading.Lock()
        self._last: OrderedDict[int, ModelRefusal] = OrderedDict()
        self._remembered = remembered

    def note(self, number: int, error: CallError) -> None:
        """The execution's last call got this instead of an answer."""
        if error.code in _NO_REFUSAL:
            return
        with self._lock:
            self._last[number] = ModelRefusal(error.status, error.message, error.code)
            self._last.move_to_end(number)
            while len(self._last) > self._remembered:
                self._last.popitem(last=False)

    def forget(self, number: int) -> None:
        """The execution's last call was answered, so what was refused before is no reason for its end."""
        self.take(number)

    def take(self, number: int) -> ModelRefusal | None:
        """The last refusal, if the last call was refused; from now on there is none."""
        with self._lock:
            return self._last.pop(number, None)
