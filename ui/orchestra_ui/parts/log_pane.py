"""The log of an execution: newest lines first in reach, by level, earlier ones on demand."""

from collections import deque
from collections.abc import Callable, Sequence

from nicegui import events, ui

from orchestra.domain.events import LogLevel
from orchestra.errors import OrchestraError
from orchestra.services.executions import LogPage
from orchestra_ui.parts.elements import Text, box, button
from orchestra_ui.parts.feedback import ask, tell_problem
from orchestra_ui.parts.log_view import LogView
from orchestra_ui.timeline import LOG_WINDOW, LogLine, Timeline, log_line

_EARLIER_LINES = 500
ReadLogs = Callable[[LogLevel | None, int, int], LogPage]


class LogPane:
    """Draws itself here; `read(level, offset, limit)` gives stored lines."""

    def __init__(self, timeline: Timeline, read: ReadLogs) -> None:
        self._timeline = timeline
        self._read = read
        self._level: LogLevel | None = None
        self._lines: deque[LogLine] = deque(maxlen=LOG_WINDOW)
        self._total = 0
        self._first = 0
        with box("log-bar"):
            levels = {"": "All levels", **{level.value: level.value.capitalize() for level in LogLevel}}
            level = ui.select(levels, value="", on_change=self._choose).props("outlined dense options-dense")
            level.props["aria-label"] = "Level"
            level.style("min-width: 140px")
            self._follow = ui.switch("Follow", value=True, on_change=self._toggle_follow)
            self._note = Text(classes="soft grow")
            self._earlier = button("Show earlier", self._show_earlier, icon="expand_less")
        self._view = LogView(self._show_all, self._reader_moved)
        self._tell_count()

    def add(self, lines: Sequence[LogLine]) -> None:
        """Lines that have just come."""
        wanted = [line for line in lines if self._level in (None, line.level)]
        if not wanted:
            return
        self._lines.extend(wanted)
        self._total += len(wanted)
        self._first = max(self._first, self._total - LOG_WINDOW)
        self._view.append(wanted[-LOG_WINDOW:])
        self._tell_count()

    def _show_all(self) -> None:
        self._view.replace(list(self._lines))
        self._first = self._total - len(self._lines)
        self._tell_count()

    def _reader_moved(self, following: bool) -> None:
        self._follow.value = following

    def _toggle_follow(self, event: events.ValueChangeEventArguments[bool | None]) -> None:
        self._view.follow(bool(event.value))

    async def _choose(self, event: events.ValueChangeEventArguments[str]) -> None:
        self._level = LogLevel(event.value) if event.value else None
        if self._level is None:
            lines, total = list(self._timeline.lines), self._timeline.line_count
        elif (page := await self._page(self._level, 0, 1)) is None:
            return
        else:
            newest = await self._page(self._level, max(0, page.total - LOG_WINDOW), LOG_WINDOW)
            lines, total = [log_line(event) for event in newest.logs] if newest else [], page.total
        self._lines = deque(lines, maxlen=LOG_WINDOW)
        self._total = total
        self._show_all()

    async def _show_earlier(self) -> None:
        start = max(0, self._first - _EARLIER_LINES)
        page = await self._page(self._level, start, self._first - start)
        if page is not None:
            self._first = start
            self._view.prepend([log_line(event) for event in page.logs])
            self._tell_count()

    async def _page(self, level: LogLevel | None, offset: int, limit: int) -> LogPage | None:
        try:
            return await ask(self._read, level, offset, limit)
        except OrchestraError as error:
            tell_problem(error.message)
            return None

    def _tell_count(self) -> None:
        shown = self._total - self._first
        lines = f"{self._total:,} lines" if self._total != 1 else "1 line"
        self._note.show(lines if shown == self._total else f"The newest {shown:,} of {lines}")
        self._earlier.visible = self._first > 0
