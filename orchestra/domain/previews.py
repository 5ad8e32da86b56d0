"""What can be shown of a file, decided by its first bytes and not by its name; pure."""

import codecs
import csv
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

HEAD_BYTES = 200_000
_MAX_IMAGE_BYTES = 20_000_000
_MAX_ROWS, _MAX_COLUMNS, _MAX_CELL = 200, 50, 300
_IMAGES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
_SEPARATORS = {"csv": ",;\t", "tsv": "\t"}
_BINARY = frozenset(range(0x20)) - {0x08, *range(0x09, 0x0E), 0x1B}


class PreviewKind(StrEnum):
    TEXT = "text"
    TABLE = "table"
    IMAGE = "image"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Preview:
    """What is shown: a text, or the rows of a table, the first of which may be its heads; an image is shown itself."""

    kind: PreviewKind
    text: str = ""
    rows: Sequence[Sequence[str]] = ()
    is_cut: bool = False


def media_type_of(head: bytes) -> str:
    """A type that no browser runs, whatever is in the file: an image, plain text, or just bytes."""
    if image := _image_in(head):
        return image
    return "application/octet-stream" if _text_in(head) is None else "text/plain; charset=utf-8"


def preview_of(name: str, head: bytes, size_bytes: int) -> Preview:
    """What to show of a file that begins with `head`, all of it or HEAD_BYTES."""
    if _image_in(head):
        return Preview(PreviewKind.IMAGE if size_bytes <= _MAX_IMAGE_BYTES else PreviewKind.NONE)
    text = _text_in(head)
    if text is None:
        return Preview(PreviewKind.NONE)
    is_cut = size_bytes > len(head)
    separators = _SEPARATORS.get(name.rpartition(".")[2].lower())
    if separators and (table := _table_in(text, separators, is_cut)):
        return table
    return Preview(PreviewKind.TEXT, text, is_cut=is_cut)


def _image_in(head: bytes) -> str | None:
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _IMAGES.items() if head.startswith(magic)), None)


def _text_in(head: bytes) -> str | None:
    """The text, but for a character that was cut through at its end; None if it is none in UTF-8."""
    if not _BINARY.isdisjoint(head):
        return None
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(head)
    except UnicodeDecodeError:
        return None


def _table_in(text: str, separators: str, is_cut: bool) -> Preview | None:
    """The first rows and columns; None for what is no table after all."""
    if is_cut:
        text = text.rpartition("\n")[0]
    first = text.partition("\n")[0]
    separator = max(separators, key=first.count)
    try:
        rows = list(islice(csv.reader(text.splitlines(keepends=True), delimiter=separator), _MAX_ROWS + 1))
    except csv.Error:
        return None
    if not rows:
        return None
    shown = [[cell[:_MAX_CELL] for cell in row[:_MAX_COLUMNS]] for row in rows[:_MAX_ROWS]]
    is_cut = is_cut or rows != shown
    return Preview(PreviewKind.TABLE, rows=shown, is_cut=is_cut)
