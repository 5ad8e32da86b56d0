"""A sentence in a frame that should not be overlooked."""

from nicegui import ui

from orchestra_ui.parts.elements import Text, box


def notice(sentence: str, icon: str, kind: str = "") -> ui.element:
    """The frame; `kind` is good, warn, bad or nothing."""
    with box(f"notice {kind}") as frame:
        ui.icon(icon).props["aria-hidden"] = "true"
        Text(sentence, "div", "foreign")
    return frame
