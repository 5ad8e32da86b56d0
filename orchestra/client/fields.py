"""Writes what is asked for as the REST contract writes it: paths, bodies and header values."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, Final
from urllib.parse import quote

from orchestra.errors import Invalid


class Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT  # for fields in which None is a value: it clears them


def path_of(*parts: str | int) -> str:
    """A path below /api, whatever somebody has typed as an id."""
    return "/".join(["/api", *map(_quoted, parts)])


def _quoted(part: str | int) -> str:
    # Dots too, since "." and ".." would be taken for steps in the path; an empty part would be no part at all.
    return quote(str(part), safe="", errors="replace").replace(".", "%2E") or "-"


def body_of(**given: Any) -> dict[str, Any]:
    """The values that are not None, under the contract's names."""
    return {_camel(name): _plain(value) for name, value in given.items() if value is not None and value is not ABSENT}


def clearable(**given: Any) -> dict[str, Any]:
    """As `body_of`, for fields that are cleared by None and left alone by ABSENT."""
    return {_camel(name): _plain(value) for name, value in given.items() if value is not ABSENT}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(value)
    return value


def encoded(body: Any) -> bytes:
    """The body as JSON; Invalid if it cannot be written so."""
    try:
        return json.dumps(body, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid(f"This cannot be sent as JSON: {error}.") from error


def header_value(name: str, text: str) -> str:
    """The text, if a header can carry it; else Invalid."""
    if not (text.isascii() and text.isprintable() and text == text.strip()):
        raise Invalid(f"The {name} must be printable ASCII characters, without blanks around them.")
    return text
