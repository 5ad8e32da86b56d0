"""Recognises stretches of a journal that are nothing but captured output, which need not be read line by line."""

import re

# As `protocol.output_encoder` writes them. Whatever is not exactly so is read with the care that a guest's lines need.
_LINES, _PLAINER_LINES = (
    re.compile(
        rb'(?:\{"at": [0-9]{1,11}\.[0-9]{1,9}, "kind": "log", "level": "(?:INFO|WARN)", '
        rb'"message": "[ !#-\[\]-~]*+(?:\\(?:["\\/bfnrt]' + escaped + rb')[ !#-\[\]-~]*+)*+", '
        rb'"data": \{"stream": "std(?:out|err)", "offset": [0-9]{1,15}\}\}\n)++'
    )
    for escaped in (rb"|u[0-9a-f]{4}", b"")
)
# What cannot be stored as it is (NUL), or may not be whole (surrogates), is rare, and left to the careful way.
_DOUBTFUL = (b"\\u0000", *(b"\\ud%c" % digit for digit in b"89abcdef"))


def count_lines(chunk: bytes) -> int | None:
    """How many lines of captured output these bytes are; None if they are not that alone, from first to last."""
    is_plain = _PLAINER_LINES.fullmatch(chunk) is not None
    if is_plain or (_LINES.fullmatch(chunk) is not None and not any(doubtful in chunk for doubtful in _DOUBTFUL)):
        return chunk.count(b"\n")
    return None
