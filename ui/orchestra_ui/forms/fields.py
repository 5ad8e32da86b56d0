"""Draws one control per kind of field."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from nicegui import events, ui

from orchestra_ui.forms.form import SchemaForm
from orchestra_ui.forms.frame import FieldFrame
from orchestra_ui.forms.nested import draw_cards, draw_group, draw_variant
from orchestra_ui.forms.schema import Field, Kind, Path, fields_of, item_schema, readable
from orchestra_ui.wording import as_json

_INPUT = "outlined dense"


def draw_form(form: SchemaForm) -> None:
    """Draw the whole form here."""
    form.forget_all()
    draw_fields(form, fields_of(form.schema, form.schema), ())


def draw_fields(form: SchemaForm, fields: Sequence[Field], path: Path) -> None:
    """Draw the fields of the object at `path`; collapsed groups come last."""
    for field in sorted(fields, key=lambda field: field.kind is Kind.GROUP and not field.required):
        draw_field(form, field, (*path, field.key))


def draw_field(form: SchemaForm, field: Field, path: Path) -> None:
    match field.kind:
        case Kind.FIXED:
            if field.required:
                form.prefill(path, field.schema["const"])
        case Kind.GROUP:
            draw_group(form, field, path, draw_fields)
        case Kind.CARDS:
            draw_cards(form, field, path, draw_fields)
        case Kind.VARIANT:
            draw_variant(form, field, path, draw_fields)
        case _:
            is_switch = field.kind is Kind.SWITCH
            frame = FieldFrame(field.label, field.help, required=field.required, own_label=is_switch)
            form.add_frame(path, frame)
            with frame:
                frame.attach(_CONTROLS[field.kind](form, field, path))


def _text(form: SchemaForm, field: Field, path: Path) -> ui.element:
    given = form.value(path)
    control = ui.input(value=_as_text(given), on_change=lambda event: form.set(path, event.value or None))
    return _styled(control, field)


def _long_text(form: SchemaForm, field: Field, path: Path) -> ui.element:
    given = form.value(path)
    control = ui.textarea(value=_as_text(given), on_change=lambda event: form.set(path, event.value or None))
    return _styled(control, field).props("autogrow input-style=min-height:72px;max-height:420px")


def _secret(form: SchemaForm, field: Field, path: Path) -> ui.element:
    """Write-only: what is stored never reaches the browser; typing replaces it."""
    stored = form.value(path)
    control = ui.input(
        password=True,
        password_toggle_button=True,
        placeholder="Stored; type to replace it" if stored else None,
        on_change=lambda event: form.set(path, event.value or stored),
    )
    return control.props(_INPUT).props("autocomplete=new-password")


def _number(form: SchemaForm, field: Field, path: Path) -> ui.element:
    def changed(event: events.ValueChangeEventArguments[float | None]) -> None:
        value = event.value
        form.set(path, int(value) if value is not None and float(value).is_integer() else value)

    given = form.value(path)
    control = ui.number(value=given if isinstance(given, (int, float)) else None, on_change=changed)
    return _styled(control, field).props("step=any").style("max-width: 260px")


def _switch(form: SchemaForm, field: Field, path: Path) -> ui.element:
    given = form.value(path)
    if given is None and field.required:
        form.prefill(path, bool(field.default))
    shown = bool(field.default) if given is None else bool(given)
    return ui.switch(field.label, value=shown, on_change=lambda event: form.set(path, bool(event.value)))


def _choice(form: SchemaForm, field: Field, path: Path) -> ui.element:
    options = {value: readable(value) for value in field.schema["enum"] if value is not None}
    given = form.value(path)
    unset = "Not set" if field.default is None else f"{readable(field.default)} (default)"

    def changed(event: events.ValueChangeEventArguments[Any]) -> None:
        form.set(path, event.value)
        _show_unset(control, event.value, unset)

    control = ui.select(
        options,
        value=given if given in options else None,
        clearable=not field.required or field.nullable,
        on_change=changed,
    )
    _show_unset(control, control.value, unset)
    return control.props(_INPUT).style("max-width: 380px")


def _show_unset(control: ui.select, value: Any, unset: str) -> None:
    if value is None:
        control.props["display-value"] = unset
    else:
        control.props.pop("display-value", None)


def _choices(form: SchemaForm, field: Field, path: Path) -> ui.element:
    options = {value: readable(value) for value in item_schema(field.schema, form.schema)["enum"]}
    given = form.value(path)
    shown = given if isinstance(given, list) else field.default or []
    return (
        ui.select(
            options,
            multiple=True,
            value=[value for value in shown if value in options],
            on_change=lambda event: form.set(path, list(event.value)),
        )
        .props(_INPUT)
        .props("use-chips")
    )


def _lines(form: SchemaForm, field: Field, path: Path) -> ui.element:
    def changed(event: events.ValueChangeEventArguments[str | None]) -> None:
        form.set(path, [line.strip() for line in (event.value or "").splitlines() if line.strip()] or None)

    given = form.value(path)
    shown = "\n".join(str(item) for item in given) if isinstance(given, list) else ""
    control = ui.textarea(value=shown, placeholder="One per line", on_change=changed)
    return control.props(_INPUT).props("autogrow")


def _model(form: SchemaForm, field: Field, path: Path) -> ui.element:
    """A model that is offered, or any name typed."""
    given = form.value(path)
    options = list(dict.fromkeys([*form.models, *([given] if isinstance(given, str) else [])]))
    typed = {"text": ""}

    def leave() -> None:
        # Quasar forgets what was typed unless Enter was pressed; a person expects it to stay.
        if text := typed["text"].strip():
            control.set_options(list(dict.fromkeys([*control.options, text])), value=text)

    def typing(event: events.GenericEventArguments) -> None:
        typed["text"] = str(event.args or "")

    def changed(event: events.ValueChangeEventArguments[str | None]) -> None:
        typed["text"] = ""
        form.set(path, event.value or None)

    control = ui.select(
        options,
        value=given if isinstance(given, str) else None,
        with_input=True,
        new_value_mode="add-unique",
        clearable=not field.required,
        on_change=changed,
    )
    control.on("input-value", typing).on("blur", leave, args=[])
    _show_default(control, field)
    return control.props(_INPUT).style("max-width: 480px")


def _json(form: SchemaForm, field: Field, path: Path) -> ui.element:
    def changed(event: events.ValueChangeEventArguments[str | None]) -> None:
        try:
            text = event.value or ""
            form.set(path, json.loads(text) if text.strip() else None)
        except ValueError as error:
            form.tell(path, f"This is not JSON: {error}.")

    given = form.value(path)
    shown = "" if given is None else as_json(given)
    control = ui.textarea(value=shown, placeholder="JSON", on_change=changed)
    return control.props(_INPUT).props("autogrow spellcheck=false").classes("code")


def _styled(control: ui.element, field: Field) -> ui.element:
    _show_default(control, field)
    return control.props(_INPUT)


def _show_default(control: ui.element, field: Field) -> None:
    if field.hint:
        control.props["placeholder"] = field.hint


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


_CONTROLS: dict[Kind, Callable[[SchemaForm, Field, Path], ui.element]] = {
    Kind.TEXT: _text,
    Kind.LONG_TEXT: _long_text,
    Kind.SECRET: _secret,
    Kind.INTEGER: _number,
    Kind.NUMBER: _number,
    Kind.SWITCH: _switch,
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
    Kind.LINES: _lines,
    Kind.MODEL: _model,
    Kind.JSON: _json,
}
