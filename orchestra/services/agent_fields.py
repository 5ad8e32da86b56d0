"""Checks what agents are called and how they are described."""

from collections.abc import Mapping, Sequence
from typing import Any

from orchestra.domain.text import unstorable
from orchestra.errors import Fault, Invalid

_NAME_CHARACTERS = 100
_DESCRIPTION_CHARACTERS = 10_000
_TAGS = 50
_TAG_CHARACTERS = 100


def refuse(faults: Sequence[Fault]) -> None:
    """Invalid with all the faults, if there are any."""
    if faults:
        raise Invalid(f"The agent cannot be kept like this: {faults[0].pointer}: {faults[0].message}", faults)


def faults_of_fields(fields: Mapping[str, Any]) -> list[Fault]:
    """A fault for each name, description or tag that cannot be."""
    return [
        fault
        for name, value in fields.items()
        if name in _FIELD_RULES
        for fault in [*unstorable(value, f"/{name}"), *_FIELD_RULES[name](value)]
    ]


def _name_faults(name: str) -> Sequence[Fault]:
    if not name.strip():
        return [Fault("/name", "The name must not be empty.")]
    if len(name) > _NAME_CHARACTERS:
        return [Fault("/name", f"The name has {len(name)} characters; at most {_NAME_CHARACTERS} are allowed.")]
    return []


def _description_faults(description: str | None) -> Sequence[Fault]:
    if description is not None and len(description) > _DESCRIPTION_CHARACTERS:
        return [Fault("/description", f"The description is longer than {_DESCRIPTION_CHARACTERS:,} characters.")]
    return []


def _tags_faults(tags: Sequence[str]) -> Sequence[Fault]:
    if len(tags) > _TAGS:
        return [Fault("/tags", f"There are {len(tags)} tags; at most {_TAGS} are allowed.")]
    return [
        Fault(f"/tags/{index}", f"A tag has 1 to {_TAG_CHARACTERS} characters.")
        for index, tag in enumerate(tags)
        if not 0 < len(tag) <= _TAG_CHARACTERS
    ]


_FIELD_RULES = {"name": _name_faults, "description": _description_faults, "tags": _tags_faults}
