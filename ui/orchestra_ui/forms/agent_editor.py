"""The form of an agent: name, description, tags and its configuration."""

import copy
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from orchestra.errors import Fault, Invalid
from orchestra_ui.forms.configuration_editor import ConfigurationEditor
from orchestra_ui.forms.frame import FieldFrame
from orchestra_ui.forms.schema import Schema
from orchestra_ui.parts.elements import Text, box, button
from orchestra_ui.parts.feedback import tell_problem
from orchestra_ui.wording import count


@dataclass(frozen=True, slots=True)
class AgentValues:
    """What the form holds."""

    name: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    is_active: bool = True
    configuration: Mapping[str, Any] | None = None


class AgentEditor:
    """Draws itself here. `save` may raise Invalid, whose faults are told at their fields."""

    def __init__(
        self,
        schema: Schema,
        models: Sequence[str],
        values: AgentValues,
        save: Callable[[AgentValues], Awaitable[object]],
        back: str,
    ) -> None:
        self._save = save
        self._is_unsaved = False
        ui.run_javascript("orchestra.unsaved = false")
        self._summary = box("notice bad", role="alert", tabindex="-1")
        self._summary.visible = False
        self._frames: dict[str, FieldFrame] = {}
        with box("form"):
            self._name = self._field("/name", "Name", "", ui.input(value=values.name), required=True)
            help_text = "What it is for, for whoever finds it in the list."
            description = ui.textarea(value=values.description).props("autogrow")
            self._description = self._field("/description", "Description", help_text, description)
            tags = ui.input(value=", ".join(values.tags))
            self._tags = self._field("/tags", "Tags", "Words to find it by, separated by commas.", tags)
            self._active = ui.switch("Switched on", value=values.is_active, on_change=self._changed)
        Text("Configuration", "h2")
        data = copy.deepcopy(dict(values.configuration or {}))
        self._editor = ConfigurationEditor(schema, data, models, self._changed)
        with box("actions"):
            self._button = button("Save", self.submit, "main")
            button("Discard", lambda: self._leave(back))

    @property
    def values(self) -> AgentValues:
        return AgentValues(
            name=(self._name.value or "").strip(),
            description=(self._description.value or "").strip(),
            tags=tuple(tag for part in (self._tags.value or "").split(",") if (tag := part.strip())),
            is_active=bool(self._active.value),
            configuration=self._editor.data,
        )

    def _field(self, pointer: str, label: str, help_text: str, control: Any, *, required: bool = False) -> Any:
        frame = self._frames[pointer] = FieldFrame(label, help_text, required=required)
        with frame:
            control.move(ui.context.slot.parent)
        control.props("outlined dense").on_value_change(self._changed)
        frame.attach(control)
        return control

    def _changed(self) -> None:
        if not self._is_unsaved:
            self._is_unsaved = True
            ui.run_javascript("orchestra.unsaved = true")

    def _leave(self, path: str) -> None:
        ui.run_javascript("orchestra.unsaved = false")
        ui.navigate.to(path)

    async def submit(self) -> None:
        """Save what the form holds, as its button does."""
        if self._editor.problem:
            tell_problem("The JSON cannot be read. Put it right, then save again.")
            return
        self._button.disable()
        try:
            self._show_faults(())
            if await self._save(self.values):
                self._is_unsaved = False
                ui.run_javascript("orchestra.unsaved = false")
        except Invalid as error:
            self._show_faults(error.faults or (Fault("", error.message),))
        finally:
            if not self._button.is_deleted:
                self._button.enable()

    def _show_faults(self, faults: Sequence[Fault]) -> None:
        placed = self._editor.show_faults(faults)
        for place, frame in self._frames.items():
            own = [fault for fault in faults if fault.pointer == place or fault.pointer.startswith(place + "/")]
            frame.show_fault(own[0].message if own else None)
            placed = [*((fault, frame) for fault in own), *placed]
        self._summary.visible = bool(faults)
        self._summary.clear()
        if faults:
            with self._summary:
                self._draw_summary(faults, placed)
            self._summary.run_method("scrollIntoView", {"block": "center"})

    def _draw_summary(self, faults: Sequence[Fault], placed: Sequence[tuple[Fault, FieldFrame]]) -> None:
        ui.icon("error").props["aria-hidden"] = "true"
        with box():
            Text(f"It was not saved: {count(len(faults), 'thing')} to put right.", "h3")
            with box(tag="ul"):
                for fault, frame in placed:
                    with box(tag="li"):
                        _link_to(frame, f"{frame.label}: {fault.message}")
                known = {id(fault) for fault, _ in placed}
                for fault in faults:
                    if id(fault) not in known:
                        Text(f"{fault.pointer} {fault.message}".strip(), "li", "foreign")


def _link_to(frame: FieldFrame, text: str) -> None:
    """A link that brings the field to sight and puts the cursor into it."""
    link = Text(text, "a", "foreign")
    link.props["href"] = f"#{frame.control_id}"
    link.on(
        "click",
        js_handler=f"""(event) => {{
            event.preventDefault();
            getElement({frame.root.id})?.scrollIntoView({{ block: "center" }});
            document.getElementById("{frame.control_id}")?.focus({{ preventScroll: true }});
        }}""",
    )
