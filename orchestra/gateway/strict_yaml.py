"""Reads YAML as JSON with comments: no dates, aliases or doubled keys, which would surprise the author."""

from collections.abc import Iterator

import yaml

from orchestra.domain.text import pointer, storable, unstorable
from orchestra.errors import Fault, Invalid

_JSON_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str", "int", "float", "bool", "null"))
_STR_TAG = "tag:yaml.org,2002:str"


def load(text: str, source: str) -> object:
    """The value that the text holds, made of JSON's types alone; Invalid with each fault otherwise."""
    try:
        root = yaml.compose(text, yaml.SafeLoader)
        faults = [] if root is None else list(_faults(root, "", set()))
        value: object = None if faults else yaml.safe_load(text)
    except Exception as error:  # PyYAML also lets KeyError, IndexError and others out
        message = _in_one_line(error)
        raise Invalid(f"{source} is no YAML that can be read: {message}", [Fault("", message)]) from error
    faults += unstorable(value)
    if faults:
        raise invalid(source, faults)
    return value


def invalid(source: str, faults: list[Fault]) -> Invalid:
    """The error that names all these faults, the first of them in its sentence."""
    first = faults[0]
    return Invalid(f"{source} has a fault at {first.pointer or 'its top'}: {first.message}", faults)


def _faults(node: yaml.Node, place: str, seen: set[int]) -> Iterator[Fault]:
    if id(node) in seen:
        yield Fault(place, "Aliases are not understood here. Write the value out.")
        return
    seen.add(id(node))
    if node.tag not in _JSON_TAGS:
        yield Fault(place, f"{storable(node.tag)[:100]} is not understood here. Put the value in quotation marks.")
    elif isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            yield from _faults(child, place + pointer(index), seen)
    elif isinstance(node, yaml.MappingNode):
        yield from _faults_of_mapping(node, place, seen)


def _faults_of_mapping(node: yaml.MappingNode, place: str, seen: set[int]) -> Iterator[Fault]:
    keys: set[str] = set()
    for key, child in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag != _STR_TAG:
            yield Fault(place, "Keys must be texts. Put them in quotation marks.")
            continue
        inner = place + pointer(storable(key.value))
        if key.value in keys:
            yield Fault(inner, "This key is there twice.")
        keys.add(key.value)
        yield from _faults(child, inner, seen)


def _in_one_line(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply."
    return storable(" ".join(str(error).split()))[:300] or type(error).__name__
