"""Times that the browser shows in its own zone and keeps up to date."""

from datetime import UTC, datetime
from typing import Literal

from nicegui.elements.mixins.text_element import TextElement

from orchestra_ui.wording import moment

Mode = Literal["ago", "elapsed", "clock"]


class Moment(TextElement, component="moment.js"):
    """A point in time: how long ago, the time that elapsed since, or the time of day. Its text is for no browser."""

    def __init__(self, at: datetime, mode: Mode = "ago") -> None:
        super().__init__(text="")
        self._shown: datetime | None = None
        self.props["mode"] = mode
        self.show(at)

    @classmethod
    def since_epoch(cls, seconds: float, mode: Mode = "elapsed") -> "Moment":
        """A moment given in epoch seconds, as events give it."""
        return cls(datetime.fromtimestamp(seconds, UTC), mode)

    def show(self, at: datetime) -> None:
        if at != self._shown:
            self._shown = at
            self.props["at"] = at.timestamp()
            self.text = moment(at)
