"""Takes the text out of web pages, and the results out of a search engine's page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import parse_qs, quote_plus, urljoin, urlsplit

SEARCH_ADDRESS = "https://html.duckduckgo.com/html/?q="
_SILENT = frozenset({"script", "style", "noscript", "template", "svg", "head"})
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "footer", "form", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "title",
    "tr", "ul",
})  # fmt: skip
_CELLS = frozenset({"td", "th"})
_START = re.compile(r"\s*(<\?xml[^>]{0,200}>\s*)?(<!--.{0,2000}?-->\s*)?<(!doctype\s+html|html)\b", re.I | re.S)


def is_page(text: str) -> bool:
    """Whether it is HTML, by how it begins."""
    return _START.match(text) is not None


def page_text(html: str) -> str:
    """What a reader of the page sees, a line for each block, its title first."""
    reader = _PageReader()
    reader.feed(html)
    reader.close()
    lines = (re.sub(r"[^\S\t]+", " ", line).strip() for line in "".join(reader.pieces).split("\n"))
    return "\n".join(line for line in lines if line)


class _PageReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent: list[str] = []
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        self._in_title = tag == "title"
        if tag in _BLOCKS:
            self.pieces.append("\n")
        elif tag in _CELLS:
            self.pieces.append("\t")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:  # with it, what was never closed inside of it
            del self._silent[self._silent.index(tag) :]
        self._in_title = False
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if self._in_title or not self._silent:
            self.pieces.append(data if "\n" not in data else re.sub(r"\s*\n\s*", " ", data))


@dataclass(frozen=True)
class Hit:
    title: str
    address: str
    summary: str


def search_address(words: str) -> str:
    return SEARCH_ADDRESS + quote_plus(words)


def hits_of(html: str) -> list[Hit]:
    """The results on DuckDuckGo's page for browsers without scripts, best first."""
    reader = _HitReader()
    reader.feed(html)
    reader.close()
    return [Hit(_one_line(title), address, _one_line(summary)) for title, address, summary in reader.hits if address]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _target(href: str) -> str:
    """Where a result leads; the page links to a counter of its own that has it in `uddg`."""
    try:
        address = urljoin(SEARCH_ADDRESS, href)
        parts = urlsplit(address)
        inner = parse_qs(parts.query).get("uddg", [""])[0]
        is_counter = (parts.hostname or "").endswith("duckduckgo.com")
    except ValueError:
        return ""
    target = inner if is_counter else address  # its advertisements have no address of another's
    return target if target.startswith(("http://", "https://")) else ""


class _HitReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.hits: list[tuple[str, str, str]] = []
        self._field: int | None = None  # of the latest hit: its title or its summary
        self._tag = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        classes = (given.get("class") or "").split()
        if "result__a" in classes:
            self.hits.append(("", _target(given.get("href") or ""), ""))
            self._field, self._tag = 0, tag
        elif "result__snippet" in classes and self.hits:
            self._field, self._tag = 2, tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._tag:
            self._field = None

    def handle_data(self, data: str) -> None:
        if self._field is not None:
            title, address, summary = self.hits[-1]
            self.hits[-1] = (title + data, address, summary) if self._field == 0 else (title, address, summary + data)
