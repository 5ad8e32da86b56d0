"""Turns documents into text: plain text, web pages, and the common office formats, which are XML in a ZIP file."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

from .pages import is_page, page_text

MAX_PART_BYTES = 20_000_000  # of one unpacked part: a small ZIP file can hold a huge one
_MAX_PARTS = 500
_PARAGRAPHS = frozenset({"p", "h", "tr", "row"})


class NotReadableError(Exception):
    """A sentence for the agent on what cannot be read."""


def text_of(data: bytes, name: str) -> str:
    """The text in a document's bytes; `name` is for the sentence if there is none."""
    if data.startswith(b"PK\x03\x04"):
        return _office_text(data, name)
    if data.startswith(b"%PDF-") or b"\0" in data:
        raise NotReadableError(f"'{name}' is not a text file; text, HTML, DOCX, ODT, PPTX, XLSX and EPUB can be read.")
    text = data.decode("utf-8-sig", "replace")
    return page_text(text) if is_page(text) else text


def _office_text(data: bytes, name: str) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            text = "\n".join(part for part in _parts(archive) if part.strip())
    except (zipfile.BadZipFile, ElementTree.ParseError, NotImplementedError, RuntimeError) as error:
        raise NotReadableError(f"'{name}' cannot be read as a document: {error}.") from error
    if not text:
        raise NotReadableError(f"'{name}' holds no text: DOCX, ODT, PPTX, XLSX and EPUB can be read.")
    return text


def _parts(archive: zipfile.ZipFile) -> Iterator[str]:
    names = set(archive.namelist())
    if "xl/workbook.xml" in names:
        yield from _sheets(archive, names)
        return
    for part in _ordered(names, r"word/document\.xml|content\.xml|ppt/slides/slide\d+\.xml"):
        yield _paragraphs(_tree(archive, part))
    for part in _ordered(names, r".+\.x?html?"):
        yield page_text(_bytes(archive, part).decode("utf-8", "replace"))


def _ordered(names: set[str], pattern: str) -> list[str]:
    """The parts of such names, the second slide before the tenth."""
    found = [name for name in names if re.fullmatch(pattern, name)]
    return sorted(found, key=lambda name: [int(one) if one.isdigit() else one for one in re.split(r"(\d+)", name)])[
        :_MAX_PARTS
    ]


def _bytes(archive: zipfile.ZipFile, part: str) -> bytes:
    with archive.open(part) as file:
        data = file.read(MAX_PART_BYTES + 1)
    if len(data) > MAX_PART_BYTES:
        raise NotReadableError(f"The document's part '{part[:100]}' is too large to be read.")
    return data


def _tree(archive: zipfile.ZipFile, part: str) -> ElementTree.Element:
    data = _bytes(archive, part)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:  # entities that grow; office documents declare none
        raise NotReadableError(f"The document's part '{part[:100]}' declares entities, which are not read.")
    return ElementTree.fromstring(data)  # noqa: S314 - without entities there is nothing to expand


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _paragraphs(root: ElementTree.Element) -> str:
    """Text by paragraph, of Word, PowerPoint and OpenDocument alike; cells of a row have a tab between them."""
    pieces: list[str] = []
    is_open_document = "opendocument" in root.tag
    for element, is_start in _walked(root):
        kind = _local(element)
        if not is_start:
            if kind in _PARAGRAPHS:
                pieces.append("\n")
            elif kind in ("tc", "table-cell"):
                pieces.append("\t")
            if is_open_document and element.tail:
                pieces.append(element.tail)
        elif element.text and (is_open_document or kind == "t"):
            pieces.append(element.text)
        elif kind in ("tab", "br", "line-break"):
            pieces.append("\t" if kind == "tab" else "\n")
    return re.sub(r"\n{2,}", "\n", "".join(pieces).replace("\n\t", "\t")).strip()


def _walked(root: ElementTree.Element) -> Iterator[tuple[ElementTree.Element, bool]]:
    """Each element as it begins (True) and ends (False); without recursion, however deep it is."""
    stack = [(root, True)]
    while stack:
        element, is_start = stack.pop()
        yield element, is_start
        if is_start:
            stack.append((element, False))
            stack.extend((child, True) for child in reversed(element))


def _sheets(archive: zipfile.ZipFile, names: set[str]) -> Iterator[str]:
    shared: list[str] = []
    if "xl/sharedStrings.xml" in names:
        items = _tree(archive, "xl/sharedStrings.xml")
        shared = ["".join(one.text or "" for one in item.iter() if _local(one) == "t") for item in items]
    for part in _ordered(names, r"xl/worksheets/sheet\d+\.xml"):
        rows = (one for one in _tree(archive, part).iter() if _local(one) == "row")
        yield "\n".join("\t".join(_cell(cell, shared) for cell in row if _local(cell) == "c") for row in rows)


def _cell(cell: ElementTree.Element, shared: list[str]) -> str:
    text = "".join(one.text or "" for one in cell.iter() if _local(one) in ("v", "t"))
    if cell.get("t") == "s" and text.isdigit() and int(text) < len(shared):
        return shared[int(text)]
    return text
