"""A JSON Schema read as a form."""

from typing import Any

import pytest

from orchestra_ui.forms import schema
from orchestra_ui.forms.schema import Kind

ROOT: dict[str, Any] = {
    "type": "object",
    "$defs": {
        "Csv": {"type": "object", "title": "Csv", "properties": {"kind": {"const": "csv"}, "path": {"type": "string"}}},
        "Web": {"type": "object", "title": "Web", "properties": {"kind": {"const": "web"}, "url": {"type": "string"}}},
        "Level": {"enum": ["low", "high"]},
    },
}
UNION = {"oneOf": [{"$ref": "#/$defs/Csv"}, {"$ref": "#/$defs/Web"}]}


@pytest.mark.parametrize(
    ("subschema", "kind"),
    [
        ({"type": "string"}, Kind.TEXT),
        ({"type": "string", "format": "textarea"}, Kind.LONG_TEXT),
        ({"type": "string", "format": "password"}, Kind.SECRET),
        ({"type": "string", "writeOnly": True}, Kind.SECRET),
        ({"type": "string", "x-orchestra": "model"}, Kind.MODEL),
        ({"type": "integer"}, Kind.INTEGER),
        ({"type": "number"}, Kind.NUMBER),
        ({"type": "boolean"}, Kind.SWITCH),
        ({"$ref": "#/$defs/Level"}, Kind.CHOICE),
        ({"allOf": [{"$ref": "#/$defs/Level"}], "default": "low"}, Kind.CHOICE),
        ({"const": 1}, Kind.FIXED),
        ({"type": "array", "items": {"$ref": "#/$defs/Level"}}, Kind.CHOICES),
        ({"type": "array", "items": {"type": "string"}}, Kind.LINES),
        ({"type": "array", "items": {"$ref": "#/$defs/Csv"}}, Kind.CARDS),
        ({"type": "array", "items": UNION}, Kind.CARDS),
        ({"type": "array", "items": {"type": "number"}}, Kind.JSON),
        (UNION, Kind.VARIANT),
        ({"$ref": "#/$defs/Csv"}, Kind.GROUP),
        ({"type": "object", "additionalProperties": {"type": "string"}}, Kind.JSON),
        ({}, Kind.JSON),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, Kind.INTEGER),
        ({"type": ["string", "null"]}, Kind.TEXT),
        ({"anyOf": [*UNION["oneOf"], {"type": "null"}]}, Kind.VARIANT),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, Kind.JSON),
    ],
)
def test_each_schema_has_its_kind_of_field(subschema: dict[str, Any], kind: Kind) -> None:
    assert schema.field_of("x", subschema, ROOT, False).kind is kind


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ({"minimum": 1, "maximum": 1000}, "Help. From 1 to 1,000."),
        ({"minimum": 1}, "Help. At least 1."),
        ({"exclusiveMinimum": 0, "maximum": 9}, "Help. More than 0, at most 9."),
        ({}, "Help."),
    ],
)
def test_the_bounds_of_a_number_are_part_of_its_help(bounds: dict[str, Any], words: str) -> None:
    assert schema.field_of("x", {"type": "number", "description": "Help.", **bounds}, ROOT, False).help == words


def test_the_alternatives_of_a_union_are_told_apart_by_their_constant() -> None:
    tag, options = schema.variants(UNION, ROOT)
    assert (tag, [(option.value, option.title) for option in options]) == ("kind", [("csv", "Csv"), ("web", "Web")])


def test_a_reference_to_itself_ends() -> None:
    assert schema.resolve({"$ref": "#/$defs/x"}, {"$defs": {"x": {"$ref": "#/$defs/x"}}})


def test_setting_makes_the_objects_on_the_way() -> None:
    data: dict[str, Any] = {"list": [{}]}
    schema.put(data, ("limits", "timeoutSeconds"), 5)
    schema.put(data, ("list", 0, "name"), "first")
    assert data == {"limits": {"timeoutSeconds": 5}, "list": [{"name": "first"}]}


def test_what_is_unset_is_absent_with_the_optional_objects_around_it() -> None:
    data: dict[str, Any] = {"limits": {"inner": {"a": 1}}, "kept": {"b": 1}}
    optional = frozenset({("limits",), ("limits", "inner")})
    schema.drop(data, ("limits", "inner", "a"), optional)
    schema.drop(data, ("kept", "b"), optional)
    schema.drop(data, ("never", "there"), optional)
    assert data == {"kept": {}}


def test_pointers_escape_what_names_hold() -> None:
    assert schema.pointer_of(("a/b", 0, "c~d")) == "/a~1b/0/c~0d"


SECRETS = {
    "type": "object",
    "properties": {
        "token": {"type": "string", "writeOnly": True, "title": "Token"},
        "size": {"type": "integer", "default": 4, "title": "Size"},
        "on": {"type": "boolean", "default": False, "title": "On"},
        "nested": {
            "type": "object",
            "title": "Nested",
            "properties": {"key": {"type": "string", "format": "password"}},
        },
        "list": {
            "type": "array",
            "items": {"type": "object", "properties": {"pw": {"type": "string", "writeOnly": True}}},
        },
    },
}


def test_values_are_read_with_defaults_and_without_secrets() -> None:
    data = {"token": "hush", "nested": {"key": "hush"}, "unknown": ["a", "b"]}
    assert schema.visible_values(SECRETS, data) == [
        ("Token", schema.HIDDEN_VALUE),
        ("Size", "4 (default)"),
        ("On", "no (default)"),
        ("Nested · Key", schema.HIDDEN_VALUE),
        ("unknown", "a, b"),
    ]


def test_secrets_survive_an_edit_that_never_saw_them() -> None:
    stored = {"token": "hush", "size": 1, "list": [{"pw": "psst"}]}
    shown = schema.without_secrets(SECRETS, stored)
    assert "hush" not in str(shown) and "psst" not in str(shown)
    assert schema.with_secrets({**shown, "size": 2}, stored) == {**stored, "size": 2}


@pytest.mark.parametrize(
    ("more", "hint"),
    [
        ({"default": 5, "examples": [7]}, "5 (default)"),
        ({"examples": ["Paris", "Rome"]}, "for example Paris"),
        ({"examples": []}, ""),
        ({"examples": "Paris"}, ""),
    ],
)
def test_an_empty_field_shows_its_default_or_an_example(more: dict[str, Any], hint: str) -> None:
    whole = {"type": "object", "properties": {"city": {"type": "string", **more}}}
    assert schema.fields_of(whole, whole)[0].hint == hint
