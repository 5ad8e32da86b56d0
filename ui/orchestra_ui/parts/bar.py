"""The bars of a timeline, drawn by the browser so that what runs grows smoothly."""

from nicegui.element import Element


class Bar(Element, component="bar.js"):
    """A span of time in epoch seconds; without an end it lasts until now."""

    def __init__(self, start: float, end: float | None) -> None:
        super().__init__()
        self.props["start"] = start
        self.finish(end)

    def finish(self, end: float | None) -> None:
        if end is not None and self.props.get("end") != end:
            self.props["end"] = end
