"""Reads which bytes of a file are asked for (RFC 9110, section 14); pure."""

import re

from orchestra.errors import OutOfRange

_ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def range_of(header: str | None, size_bytes: int) -> range | None:
    """The bytes that a Range header wants; None if that is the whole, as what cannot be read or names several is.

    OutOfRange if there is not one such byte.
    """
    found = _ONE_RANGE.fullmatch(header.replace(" ", "")) if header else None
    if found is None or size_bytes == 0:
        return None
    first, last = found.groups()
    if not first and not last:
        return None
    if not first:  # so many of the last
        wanted = range(max(0, size_bytes - int(last)), size_bytes)
    else:
        wanted = range(int(first), min(int(last) + 1 if last else size_bytes, size_bytes))
    if last and first and int(last) < int(first):
        return None
    if not wanted:
        raise OutOfRange(size_bytes)
    return wanted
