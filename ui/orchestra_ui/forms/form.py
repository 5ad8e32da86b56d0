"""The state of a form made from a JSON Schema, over a plain dictionary: what is not set is absent from it."""

from collections.abc import Callable, Sequence
from typing import Any

from nicegui import ui

from orchestra.errors import Fault
from orchestra_ui.forms.frame import FieldFrame
from orchestra_ui.forms.schema import Kind, Path, Schema, drop, get, pointer_of, put


class SchemaForm:
    """The fields of `schema` over `data`, which changes as the person types; `at` is where the data is in the whole."""

    def __init__(
        self,
        schema: Schema,
        data: dict[str, Any],
        models: Sequence[str] = (),
        *,
        at: str = "",
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.schema = schema
        self.data = data
        self.models = models
        self._at = at
        self._on_change = on_change
        self._frames: dict[str, FieldFrame] = {}
        self._groups: dict[str, ui.element] = {}
        self._optional: set[Path] = set()

    def forget_all(self) -> None:
        """All fields are drawn anew."""
        self._frames.clear()
        self._groups.clear()

    def value(self, path: Path) -> Any:
        return get(self.data, path)

    def set(self, path: Path, value: Any) -> None:
        """Set the value; None takes it away."""
        if value is None:
            drop(self.data, path, frozenset(self._optional))
        else:
            put(self.data, path, value)
        if frame := self._frames.get(pointer_of(path)):
            frame.show_fault(None)
        self._on_change()

    def prefill(self, path: Path, value: Any) -> None:
        """Set what the schema leaves no choice about; this is no change by the person."""
        put(self.data, path, value)

    def tell(self, path: Path, message: str) -> None:
        """Say at the field that what was typed cannot be read."""
        if frame := self._frames.get(pointer_of(path)):
            frame.show_fault(message)

    def add_frame(self, path: Path, frame: FieldFrame) -> None:
        self._frames[pointer_of(path)] = frame

    def add_group(self, path: Path, group: ui.element, kind: Kind, required: bool) -> None:
        self._groups[pointer_of(path)] = group
        if kind is Kind.GROUP and not required:
            self._optional.add(path)

    def forget(self, path: Path) -> None:
        """The fields below the path are drawn anew."""
        prefix = pointer_of(path) + "/"
        for known in (self._frames, self._groups):
            for place in [place for place in known if place.startswith(prefix)]:
                del known[place]

    def show_faults(self, faults: Sequence[Fault]) -> list[tuple[Fault, FieldFrame]]:
        """Tell each fault at its field, or at the nearest one around it; the faults that found a place."""
        for frame in self._frames.values():
            frame.show_fault(None)
        placed: list[tuple[Fault, FieldFrame]] = []
        for fault in faults:
            place = fault.pointer.removeprefix(self._at)
            if not fault.pointer.startswith(self._at) or not (frame := self._nearest(place)):
                continue
            frame.show_fault(fault.message)
            placed.append((fault, frame))
            for group, details in self._groups.items():
                if (place + "/").startswith(group + "/"):
                    ui.run_javascript(f"getElement({details.id}).open = true")
        return placed

    def _nearest(self, place: str) -> FieldFrame | None:
        while place:
            if frame := self._frames.get(place):
                return frame
            place = place.rpartition("/")[0]
        return None
