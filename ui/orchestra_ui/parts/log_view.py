"""A window on log lines that the browser draws as text, many at a time."""

from collections.abc import Callable, Sequence

from nicegui import events
from nicegui.element import Element

from orchestra_ui.timeline import LOG_WINDOW, LogLine
from orchestra_ui.wording import clean

_LINE_CHARACTERS = 4_000


class LogView(Element, component="log_view.js"):
    """Asks for its lines by `on_ready` whenever it is drawn anew; `on_following` tells what the reader does."""

    def __init__(self, on_ready: Callable[[], None], on_following: Callable[[bool], None]) -> None:
        super().__init__()
        self.props["limit"] = LOG_WINDOW
        self.props["label"] = "Log"
        self._is_drawn = False

        def ready() -> None:
            self._is_drawn = True
            on_ready()

        def following(event: events.GenericEventArguments) -> None:
            on_following(bool(event.args))

        self.on("ready", ready, args=[])
        self.on("following", following)

    def replace(self, lines: Sequence[LogLine]) -> None:
        self._call("replace", lines)

    def append(self, lines: Sequence[LogLine]) -> None:
        self._call("append", lines)

    def prepend(self, lines: Sequence[LogLine]) -> None:
        self._call("prepend", lines)

    def follow(self, on: bool) -> None:
        if self._is_drawn:
            self.run_method("follow", on)

    def _call(self, method: str, lines: Sequence[LogLine]) -> None:
        if self._is_drawn:
            drawn = [[line.at, line.level.value, clean(line.text, _LINE_CHARACTERS)] for line in lines]
            self.run_method(method, drawn)
