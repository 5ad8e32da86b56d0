"""Reads a JSON Schema as a form: which fields there are, of which kind, and where their values live; pure."""

import json
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from orchestra.domain.text import pointer

Path = tuple[str | int, ...]
Schema = Mapping[str, Any]
HIDDEN_VALUE = "••••••"
_MAX_REFERENCES = 20


class Kind(StrEnum):
    """How a value is asked for."""

    FIXED = "fixed"
    TEXT = "text"
    LONG_TEXT = "long text"
    SECRET = "secret"  # noqa: S105 - a kind of field
    INTEGER = "integer"
    NUMBER = "number"
    SWITCH = "switch"
    CHOICE = "choice"
    CHOICES = "choices"
    LINES = "lines"
    CARDS = "cards"
    GROUP = "group"
    VARIANT = "variant"
    MODEL = "model"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to be asked for; `schema` is resolved and without its null alternative."""

    key: str
    kind: Kind
    schema: Schema
    label: str
    help: str
    required: bool
    nullable: bool

    @property
    def default(self) -> Any:
        return self.schema.get("default")

    @property
    def hint(self) -> str:
        """What an empty field shows: its default, or else the first of its examples."""
        if self.default not in (None, ""):
            return f"{readable(self.default)} (default)"
        examples = self.schema.get("examples")
        return f"for example {readable(examples[0])}" if isinstance(examples, list) and examples else ""


@dataclass(frozen=True, slots=True)
class Variant:
    """One alternative of a union, told from the others by a constant."""

    value: Any
    title: str
    schema: Schema


def fields_of(schema: Schema, root: Schema) -> list[Field]:
    """The fields of an object, in the schema's order."""
    required = set(schema.get("required", ()))
    properties = cast(Mapping[str, Schema], schema.get("properties", {}))
    return [field_of(name, subschema, root, name in required) for name, subschema in properties.items()]


def field_of(key: str, schema: Schema, root: Schema, required: bool) -> Field:
    resolved, nullable = _without_null(resolve(schema, root), root)
    return Field(
        key=key,
        kind=_kind(resolved, root),
        schema=resolved,
        label=str(resolved.get("title") or key.replace("_", " ").capitalize()),
        help=" ".join(filter(None, (str(resolved.get("description") or ""), _bounds(resolved)))),
        required=required,
        nullable=nullable,
    )


def resolve(schema: Schema, root: Schema) -> Schema:
    """The schema with its references into `root` followed, and a lone `allOf` merged."""
    for _ in range(_MAX_REFERENCES):
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference.startswith("#"):
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            schema = {**_target(reference, root), **rest}
        elif len(parts := schema.get("allOf", ())) == 1:
            rest = {key: value for key, value in schema.items() if key != "allOf"}
            schema = {**parts[0], **rest}
        else:
            break
    return schema


def variants(schema: Schema, root: Schema) -> tuple[str, list[Variant]]:
    """The property that tells a union's alternatives apart, and the alternatives; ('', []) if none does."""
    options = [resolve(option, root) for option in schema.get("oneOf") or schema.get("anyOf") or ()]
    named = cast(Mapping[str, Any], schema.get("discriminator") or {}).get("propertyName")
    properties = [cast(Mapping[str, Schema], option.get("properties", {})) for option in options]
    candidates = [named] if named else list(properties[0]) if properties else []
    for name in candidates:
        constants = [_constant(option.get(name, {})) for option in properties]
        if len(options) > 1 and None not in constants:
            found = zip(constants, options, strict=True)
            return name, [Variant(value, str(option.get("title") or value), option) for value, option in found]
    return "", []


def item_schema(schema: Schema, root: Schema) -> Schema:
    return resolve(schema.get("items") or {}, root)


def get(data: Any, path: Path) -> Any:
    """The value at the path; None where there is nothing."""
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def put(data: MutableMapping[str, Any], path: Path, value: Any) -> None:
    """Set the value, making the objects on the way to it."""
    inner: Any = data
    for part in path[:-1]:
        if isinstance(inner, MutableMapping) and not isinstance(inner.get(part), (MutableMapping, list)):
            inner[part] = {}
        inner = inner[part]
    inner[path[-1]] = value


def drop(data: MutableMapping[str, Any], path: Path, optional: frozenset[Path]) -> None:
    """Take the value away, and each optional object around it that is empty then."""
    holder = get(data, path[:-1])
    if isinstance(holder, MutableMapping):
        holder.pop(path[-1], None)
        if not holder and path[:-1] in optional:
            drop(data, path[:-1], optional)


def pointer_of(path: Path) -> str:
    return pointer(*path)


def visible_values(schema: Schema, data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each value with its label, as a person reads them: defaults are marked, secrets are not shown."""
    return list(_visible(schema, data, schema, ""))


def without_secrets(schema: Schema, data: Mapping[str, Any]) -> dict[str, Any]:
    """A copy in which secrets are replaced by dots."""
    return cast(dict[str, Any], _masked(schema, data, schema))


def with_secrets(shown: Any, stored: Any) -> Any:
    """What `without_secrets` gave and a person changed, with the stored secrets where its dots still stand."""
    if shown == HIDDEN_VALUE and isinstance(stored, str):
        return stored
    if isinstance(shown, Mapping):
        return {key: with_secrets(value, get(stored, (key,))) for key, value in shown.items()}
    if isinstance(shown, list):
        return [with_secrets(value, get(stored, (index,))) for index, value in enumerate(shown)]
    return shown


def _visible(schema: Schema, data: Mapping[str, Any], root: Schema, prefix: str) -> Iterator[tuple[str, str]]:
    known = fields_of(schema, root)
    for field in known:
        value = data.get(field.key)
        label = prefix + field.label
        if field.kind is Kind.GROUP and isinstance(value, Mapping):
            yield from _visible(field.schema, cast(Mapping[str, Any], value), root, f"{label} · ")
        elif field.kind is Kind.SECRET and value:
            yield label, HIDDEN_VALUE
        elif field.key in data:
            yield label, readable(_masked(field.schema, value, root))
        elif field.default not in (None, "") and field.kind not in {Kind.FIXED, Kind.SECRET, Kind.GROUP}:
            yield label, f"{readable(field.default)} (default)"
    names = {field.key for field in known}
    yield from ((prefix + key, readable(value)) for key, value in data.items() if key not in names)


def readable(value: Any) -> str:
    """A value in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2, default=str)


def _masked(schema: Schema, value: Any, root: Schema) -> Any:
    schema, _ = _without_null(resolve(schema, root), root)
    if isinstance(value, str) and _is_secret(schema):
        return HIDDEN_VALUE if value else value
    if isinstance(value, Mapping):
        found = [v for v in variants(schema, root)[1] if v.value in value.values()]
        properties = (found[0].schema if found else schema).get("properties", {})
        return {key: _masked(properties.get(key, {}), inner, root) for key, inner in value.items()}
    if isinstance(value, list):
        return [_masked(item_schema(schema, root), item, root) for item in value]
    return value


def _kind(schema: Schema, root: Schema) -> Kind:
    if "const" in schema:
        return Kind.FIXED
    if "enum" in schema:
        return Kind.CHOICE
    if variants(schema, root)[1]:
        return Kind.VARIANT
    match schema.get("type"):
        case "string":
            return _text_kind(schema)
        case "integer":
            return Kind.INTEGER
        case "number":
            return Kind.NUMBER
        case "boolean":
            return Kind.SWITCH
        case "array":
            return _array_kind(item_schema(schema, root), root)
        case "object" if schema.get("properties"):
            return Kind.GROUP
        case _:
            return Kind.JSON


def _text_kind(schema: Schema) -> Kind:
    if _is_secret(schema):
        return Kind.SECRET
    if schema.get("x-orchestra") == "model":
        return Kind.MODEL
    return Kind.LONG_TEXT if schema.get("format") == "textarea" else Kind.TEXT


def _array_kind(item: Schema, root: Schema) -> Kind:
    match _kind(item, root):
        case Kind.CHOICE:
            return Kind.CHOICES
        case Kind.TEXT | Kind.MODEL:
            return Kind.LINES
        case Kind.GROUP | Kind.VARIANT:
            return Kind.CARDS
        case _:
            return Kind.JSON


def _is_secret(schema: Schema) -> bool:
    return bool(schema.get("writeOnly")) or schema.get("format") == "password"


def _without_null(schema: Schema, root: Schema) -> tuple[Schema, bool]:
    """The schema without its null alternative, and whether it had one."""
    if isinstance(schema.get("type"), list) and "null" in schema["type"] and len(schema["type"]) == 2:
        kind = next(name for name in schema["type"] if name != "null")
        return {**schema, "type": kind}, True
    for keyword in ("anyOf", "oneOf"):
        options = [resolve(option, root) for option in schema.get(keyword, ())]
        others = [option for option in options if option.get("type") != "null"]
        if len(others) < len(options):
            rest = {key: value for key, value in schema.items() if key != keyword}
            return ({**others[0], **rest} if len(others) == 1 else {**rest, keyword: others}), True
    return schema, False


def _bounds(schema: Schema) -> str:
    """The limits of a number, in words."""
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f"From {low:,} to {high:,}."
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    words = [
        *([f"at least {low:,}"] if low is not None else []),
        *([f"more than {above:,}"] if above is not None else []),
        *([f"at most {high:,}"] if high is not None else []),
        *([f"less than {below:,}"] if below is not None else []),
    ]
    return (", ".join(words) + ".").capitalize() if words else ""


def _constant(schema: Schema) -> Any:
    choices: Sequence[Any] = schema.get("enum", ())
    return schema.get("const", choices[0] if len(choices) == 1 else None)


def _target(reference: str, root: Schema) -> Schema:
    target: Any = root
    for part in reference[1:].split("/")[1:]:
        target = target[part.replace("~1", "/").replace("~0", "~")]
    return target
