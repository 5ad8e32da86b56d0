"""Plain elements of a page: text that is only ever text, and links that only lead inside."""

from collections.abc import Callable
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from orchestra_ui.wording import clean


class Text(TextElement):
    """Text in an HTML element; whatever it holds is shown, never interpreted."""

    def __init__(self, text: str = "", tag: str = "span", classes: str = "") -> None:
        super().__init__(tag=tag, text=clean(text))
        self.classes(classes)

    def show(self, text: str) -> None:
        """Show this text instead."""
        self.text = clean(text)


class Link(Text):
    """A link to one of our own addresses."""

    def __init__(self, text: str, path: str, classes: str = "") -> None:
        if not path.startswith("/") or path.startswith("//"):
            raise ValueError(f"A link leads to a path of ours, not to {path[:60]!r}.")
        super().__init__(text, "a", classes)
        self.props["href"] = path


def box(classes: str = "", tag: str = "div", **attributes: str) -> ui.element:
    """An element to put others into; underscores in attribute names stand for hyphens."""
    element = ui.element(tag).classes(classes)
    for name, value in attributes.items():
        element.props[name.replace("_", "-")] = value
    return element


def button(
    text: str, on_click: Callable[..., Any] | None = None, kind: str = "plain", icon: str | None = None
) -> ui.button:
    """A button with a word on it; `kind` is main, plain, bad or quiet."""
    return ui.button(text, on_click=on_click, icon=icon, color=None).props("flat no-caps").classes(f"btn-{kind}")


def icon_button(icon: str, label: str, on_click: Callable[..., Any] | None = None) -> ui.button:
    """A button that shows an icon only, and says its name to who cannot see it."""
    made = ui.button(on_click=on_click, icon=icon, color=None).props("flat").classes("btn-quiet btn-icon")
    made.props["aria-label"] = label
    made.props["title"] = label
    return made


def text_button(text: str, on_click: Callable[..., Any], classes: str = "link-button") -> Text:
    """A native button that looks like a link or like a row."""
    made = Text(text, "button", classes)
    made.props["type"] = "button"
    made.on("click", on_click, args=[])
    return made


def block(text: str) -> Text:
    """Preformatted text in a frame that can be scrolled by keyboard."""
    made = Text(text, "pre", "code-block foreign")
    made.props["tabindex"] = "0"
    return made


def back_link(text: str, path: str) -> None:
    Link(f"← {text}", path, "back")
