"""Draws what holds other fields: groups, unions and lists of cards."""

from collections.abc import Callable, Sequence
from typing import Any

from nicegui import events, ui

from orchestra_ui.forms.form import SchemaForm
from orchestra_ui.forms.frame import FieldFrame
from orchestra_ui.forms.schema import Field, Kind, Path, Schema, field_of, fields_of, item_schema, variants
from orchestra_ui.parts.elements import Text, box, button, icon_button

DrawFields = Callable[[SchemaForm, Sequence[Field], Path], None]


def draw_group(form: SchemaForm, field: Field, path: Path, draw: DrawFields) -> None:
    """A nested object; closed unless it must be filled in or says something already."""
    is_open = field.required or bool(form.value(path))
    if field.required and form.value(path) is None:
        form.prefill(path, {})
    with box("group", "details") as group:
        if is_open:
            group.props["open"] = ""
        with box(tag="summary"):
            Text(field.label, classes="name foreign")
            Text(field.help, classes="help foreign")
        form.add_group(path, group, field.kind, field.required)
        with box("group-body"):
            draw(form, fields_of(field.schema, form.schema), path)


def draw_variant(form: SchemaForm, field: Field, path: Path, draw: DrawFields) -> None:
    """A choice between alternatives, and the fields of the chosen one."""
    frame = FieldFrame(field.label, field.help, required=field.required)
    form.add_frame(path, frame)
    draw_alternatives(form, field.schema, path, draw, frame, clearable=not field.required)


def draw_alternatives(
    form: SchemaForm, schema: Schema, path: Path, draw: DrawFields, frame: FieldFrame, *, clearable: bool
) -> None:
    tag, options = variants(schema, form.schema)
    chosen = (form.value(path) or {}).get(tag)

    def show(value: Any) -> None:
        form.forget(path)
        body.clear()
        for option in options:
            if option.value == value:
                with body:
                    draw(form, fields_of(option.schema, form.schema), path)

    def changed(event: events.ValueChangeEventArguments[Any]) -> None:
        form.set(path, None if event.value is None else {tag: event.value})
        show(event.value)

    with frame:
        titles = {option.value: option.title for option in options}
        value = chosen if chosen in titles else None
        select = ui.select(titles, value=value, clearable=clearable, on_change=changed).props("outlined dense")
        frame.attach(select)
    body = box("group-body")
    show(value)


def draw_cards(form: SchemaForm, field: Field, path: Path, draw: DrawFields) -> None:
    """A list of objects as cards that can be added, removed and moved."""
    item = item_schema(field.schema, form.schema)
    noun = str(item.get("title") or "item")
    frame = FieldFrame(field.label, field.help, required=field.required)
    form.add_frame(path, frame)

    def items() -> list[Any]:
        value = form.value(path)
        return list(value) if isinstance(value, list) else []

    def change(values: list[Any]) -> None:
        form.set(path, values or None)
        show()

    def move(index: int, by: int) -> None:
        values = items()
        values.insert(index + by, values.pop(index))
        change(values)

    def remove(index: int) -> None:
        values = items()
        del values[index]
        change(values)

    def show() -> None:
        form.forget(path)
        cards.clear()
        count = len(items())
        with cards:
            for index in range(count):
                with box("item-card"):
                    _card_head(noun, index, count, move, remove)
                    _draw_item(form, item, (*path, index), draw)

    with frame:
        cards = box("stack")
        button(f"Add {noun.lower()}", lambda: change([*items(), {}]), icon="add").classes("q-mt-sm")
    show()


def _draw_item(form: SchemaForm, item: Schema, path: Path, draw: DrawFields) -> None:
    field = field_of(str(path[-1]), item, form.schema, True)
    if field.kind is Kind.VARIANT:
        frame = FieldFrame("Kind", required=True)
        form.add_frame(path, frame)
        draw_alternatives(form, field.schema, path, draw, frame, clearable=False)
    else:
        draw(form, fields_of(field.schema, form.schema), path)


def _card_head(
    noun: str, index: int, count: int, move: Callable[[int, int], None], remove: Callable[[int], None]
) -> None:
    name = f"{noun} {index + 1}"
    with box("item-head"):
        Text(name, classes="foreign")
        up = icon_button("arrow_upward", f"Move {name} up", lambda: move(index, -1))
        down = icon_button("arrow_downward", f"Move {name} down", lambda: move(index, 1))
        icon_button("delete_outline", f"Remove {name}", lambda: remove(index))
    up.set_enabled(index > 0)
    down.set_enabled(index < count - 1)
