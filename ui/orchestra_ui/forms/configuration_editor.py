"""An agent's configuration as a form and as JSON, two views of the same data."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from nicegui import events, ui

from orchestra.errors import Fault
from orchestra_ui.forms.fields import draw_form
from orchestra_ui.forms.form import SchemaForm
from orchestra_ui.forms.frame import FieldFrame
from orchestra_ui.forms.schema import Schema, with_secrets, without_secrets
from orchestra_ui.parts.elements import box
from orchestra_ui.wording import as_json

_AT = "/configuration"


class ConfigurationEditor:
    """Draws itself here; `data` is what the person made of it so far."""

    def __init__(
        self, schema: Schema, data: dict[str, Any], models: Sequence[str], on_change: Callable[[], None]
    ) -> None:
        self._on_change = on_change
        self._form = SchemaForm(schema, data, models, at=_AT, on_change=on_change)
        self._json_problem: str | None = None
        self._is_stale = False
        self._is_refreshing = False
        with ui.tabs().classes("tabs").props("dense align=left no-caps indicator-color=primary") as tabs:
            ui.tab("form", label="Form")
            ui.tab("json", label="JSON")
        with ui.tab_panels(tabs, value="form", animated=False):
            with ui.tab_panel("form"):
                self._fields = box("form")
            with ui.tab_panel("json"):
                self._draw_json()
        self._tabs = tabs
        self._redraw()
        tabs.on_value_change(self._switched)

    @property
    def data(self) -> dict[str, Any]:
        return self._form.data

    @property
    def problem(self) -> str | None:
        """Why the JSON that was typed cannot be used, if so."""
        return self._json_problem

    def show_faults(self, faults: Sequence[Fault]) -> list[tuple[Fault, FieldFrame]]:
        """Tell the faults at their fields, which come to sight."""
        if any(fault.pointer.startswith(_AT) for fault in faults) and not self._json_problem:
            self._tabs.value = "form"
        return self._form.show_faults(faults)

    def _redraw(self) -> None:
        self._fields.clear()
        with self._fields:
            draw_form(self._form)

    def _draw_json(self) -> None:
        with box("form"):
            self._json_frame = FieldFrame("Configuration as JSON", "The same data as the form's.")
            with self._json_frame:
                self._json = ui.textarea(on_change=self._typed).classes("code")
                self._json.props("outlined dense spellcheck=false input-style=min-height:360px autogrow")
                self._json_frame.attach(self._json)

    def _switched(self, event: events.ValueChangeEventArguments[Any]) -> None:
        if event.value == "json" and not self._json_problem:
            self._is_refreshing = True
            self._json.value = as_json(without_secrets(self._form.schema, self.data))
            self._is_refreshing = False
        elif event.value == "form" and self._is_stale and not self._json_problem:
            self._is_stale = False
            self._redraw()

    def _typed(self, event: events.ValueChangeEventArguments[str | None]) -> None:
        if self._is_refreshing:
            return
        self._json_problem = None
        try:
            value = json.loads(event.value or "{}")
        except ValueError as error:
            self._json_problem = f"This is not JSON: {error}."
        else:
            if isinstance(value, dict):
                self._form.data = with_secrets(value, self.data)
                self._is_stale = True
            else:
                self._json_problem = "A configuration is a JSON object: { … }."
        self._json_frame.show_fault(self._json_problem)
        self._on_change()
