"""The fields of a small form, each found by the pointer that its faults have."""

from collections.abc import Callable, Sequence
from typing import Any

from nicegui import ui

from orchestra.errors import Fault
from orchestra_ui.forms.frame import FieldFrame


class FieldSet:
    """Draws each field where it is added."""

    def __init__(self) -> None:
        self._frames: dict[str, FieldFrame] = {}

    def add(self, pointer: str, label: str, help_text: str, make: Callable[[], Any]) -> Any:
        """The control that `make` makes, with its label and help around it."""
        frame = self._frames[pointer] = FieldFrame(label, help_text)
        with frame:
            control = make().props("outlined dense")
            frame.attach(control)
        return control

    def text(self, pointer: str, label: str, help_text: str = "") -> Any:
        return self.add(pointer, label, help_text, lambda: ui.input().props("autocomplete=off"))

    def number(self, pointer: str, label: str, help_text: str = "", **bounds: Any) -> Any:
        return self.add(pointer, label, help_text, lambda: ui.number(**bounds).props("autocomplete=off"))

    def show(self, pointer: str, is_shown: bool) -> None:
        """Show a field, or hide it with its label."""
        self._frames[pointer].root.visible = is_shown

    def show_faults(self, faults: Sequence[Fault]) -> list[Fault]:
        """Tell the faults at their fields; those that have none are given back."""
        for frame in self._frames.values():
            frame.show_fault(None)
        for fault in faults:
            if (frame := self._frames.get(fault.pointer)) is not None:
                frame.show_fault(fault.message)
        return [fault for fault in faults if fault.pointer not in self._frames]


def typed(control: Any) -> str | None:
    """The text in a control, without blanks around it; None if there is none."""
    return (control.value or "").strip() or None


def whole(control: Any) -> int | None:
    """The number in a control, without what is behind its point; None if there is none."""
    return None if control.value is None else int(control.value)
