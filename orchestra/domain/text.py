"""Which text may be kept: hostile text is refused or made harmless here, once."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from orchestra.errors import Fault

_FORBIDDEN = re.compile("[\x00\ud800-\udfff]")
_MAX_DEPTH = 100


def is_storable(text: str) -> bool:
    """False for a NUL or a lone surrogate, which neither SQLite nor UTF-8 can hold."""
    return _FORBIDDEN.search(text) is None


def storable(text: str) -> str:
    """The text with each NUL or lone surrogate replaced by U+FFFD; for text that cannot be refused, such as logs."""
    return _FORBIDDEN.sub("\ufffd", text)


def pointer(*parts: str | int) -> str:
    """A JSON pointer (RFC 6901) to the place that the parts name."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def unstorable(value: object, at: str = "") -> Iterator[Fault]:
    """A fault for each part of a JSON value, keys included, that cannot be kept and given back as it is."""
    waiting: list[tuple[object, str, int]] = [(value, at, 0)]
    while waiting:
        inner, place, depth = waiting.pop()
        if depth > _MAX_DEPTH:
            yield Fault(place, f"Values must not be nested deeper than {_MAX_DEPTH} levels.")
        elif isinstance(inner, str):
            if not is_storable(inner):
                yield Fault(place, "Text must not hold NUL characters or lone surrogates.")
        elif isinstance(inner, float):
            if not math.isfinite(inner):
                yield Fault(place, "Numbers must be finite.")
        elif isinstance(inner, Mapping):
            for key, child in cast(Mapping[str, Any], inner).items():
                waiting.append((key, place, depth))
                waiting.append((child, place + pointer(storable(key)), depth + 1))
        elif isinstance(inner, Sequence) and not isinstance(inner, bytes):
            waiting.extend((child, place + pointer(i), depth + 1) for i, child in enumerate(cast(Sequence[Any], inner)))
