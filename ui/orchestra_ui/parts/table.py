"""Dense tables whose rows change in place, with filters and paging that live in the address."""

from collections.abc import Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from nicegui import ui

from orchestra.domain.pages import Page
from orchestra_ui.parts.elements import Link, Text, box
from orchestra_ui.wording import count

T = TypeVar("T")
PAGE_ROWS = 20


def table(caption: str, columns: Mapping[str, str]) -> ui.element:
    """A table with these column labels, each with its class; returns the body to put rows into."""
    with box("table-frame"), box("list", "table", aria_label=caption):
        with box(tag="thead"), box(tag="tr"):
            for label, classes in columns.items():
                Text(label, "th", classes).props["scope"] = "col"
        return box(tag="tbody")


def cell(classes: str = "") -> ui.element:
    return box(classes, "td")


def text_cell(classes: str = "") -> Text:
    return Text("", "td", classes)


def address(path: str, parameters: Mapping[str, str | int | None]) -> str:
    """The path with those parameters that say something; page 1 says nothing."""
    said = {name: value for name, value in parameters.items() if value and (name, value) != ("page", 1)}
    return f"{path}?{urlencode(said)}" if said else path


def page_number(parameters: Mapping[str, str]) -> int:
    """The page that an address asks for; the first unless it names another."""
    given = parameters.get("page", "")
    return max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 9 else 1


def filter_group(
    name: str, path: str, parameters: Mapping[str, str | None], key: str, choices: Sequence[tuple[str, str]]
) -> None:
    """Chips of which one is chosen; each is a link, so that an address reopens the same view."""
    chosen = parameters.get(key)
    with box("filter-group", role="group", aria_label=name):
        Text(name, classes="name")
        for value, word in [("", "All"), *choices]:
            chip = Link(word, address(path, {**parameters, key: value}), "chip foreign")
            if value == (chosen or ""):
                chip.props["aria-current"] = "true"


def show_pager(path: str, parameters: Mapping[str, str | None], page: Page[T], noun: str) -> None:
    """How many there are, and the way to the pages before and after."""
    with box("pager", "nav", aria_label="Pages"):
        Text(_range_shown(page, noun))
        if page.page > 1:
            Link("← Previous", address(path, {**parameters, "page": min(page.page - 1, max(page.pages, 1))}))
        if page.page < page.pages:
            Link("Next →", address(path, {**parameters, "page": page.page + 1}))


def _range_shown(page: Page[T], noun: str) -> str:
    if not page.items:
        return f"There are no {noun}s here."
    if len(page.items) == page.total:
        return count(page.total, noun)
    first = (page.page - 1) * page.limit + 1
    return f"{first:,} to {first + len(page.items) - 1:,} of {count(page.total, noun)}"
