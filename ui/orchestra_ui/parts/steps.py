"""The steps of an execution as an indented timeline; a step's details open below it."""

from collections.abc import Callable

from nicegui import ui

from orchestra_ui.parts.bar import Bar
from orchestra_ui.parts.elements import Text, block, box, text_button
from orchestra_ui.parts.keyed import KeyedRows
from orchestra_ui.parts.moment import Moment
from orchestra_ui.timeline import Step, Timeline
from orchestra_ui.wording import as_json, count, duration, one_line

_WINDOW = 200
_ICONS = {
    "llm": "psychology",
    "tool": "build",
    "critic": "rate_review",
    "memory": "inventory_2",
    "agent": "smart_toy",
    "task": "task_alt",
}


class Steps:
    """Draws the newest steps; earlier ones on demand."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._window = _WINDOW
        self.root = box("card")
        self.root.visible = False
        with self.root:
            with box("card-head"):
                Text("Steps", "h2")
                self._count = Text(classes="soft")
            self._earlier = text_button("Show earlier steps", self._show_earlier, "link-button steps-earlier")
            self._earlier.visible = False
            self._list = box("steps", "ul")
            self._list.props["tabindex"] = "0"
            self._list.props["aria-label"] = "Steps"
        self._rows: KeyedRows[str, Step] = KeyedRows(self._list, _StepRow)

    def refresh(self) -> None:
        order = self._timeline.order
        self.root.visible = bool(order)
        self._count.show(count(len(order), "step"))
        self._earlier.visible = len(order) > self._window
        shown = order[-self._window :]
        self._rows.show((key, self._timeline.steps[key]) for key in shown)
        self._list.run_method("scrollTo", {"top": 1_000_000 if self._timeline.running_step() else 0})

    def _show_earlier(self) -> None:
        self._window += _WINDOW
        self.refresh()


class _StepRow:
    def __init__(self, step: Step) -> None:
        self._step = step
        self._shown = ""
        self.root = box("step", "li")
        with self.root:
            self._row = text_button("", self._toggle, "step-row")
            self._row.props["aria-expanded"] = "false"
            with self._row:
                name = box("step-name", "span").style(f"--depth: {min(step.depth, 8)}")
                with name:
                    ui.icon(_ICONS.get(step.type, "chevron_right")).props["aria-hidden"] = "true"
                    Text(one_line(step.name), classes="text foreign").props["title"] = one_line(step.type, 40)
                self._bar = Bar(step.started, step.ended)
                self._time = box("step-time", "span")
            self._details: ui.element | None = None
        self.show(step)

    def show(self, step: Step) -> None:
        self._step = step
        if step.status == self._shown:
            return
        self._shown = step.status
        look = step.status if step.status in {"running", "failed", "stopped"} else "completed"
        self.root.classes(replace=f"step {look}")
        self._bar.finish(step.ended)
        self._time.clear()
        with self._time:
            if step.is_running:
                Moment.since_epoch(step.started)
            elif step.ended is not None:
                Text(duration((step.ended - step.started) * 1000))
        if self._details is not None:
            self._draw_details()

    def _toggle(self) -> None:
        if self._details is None:
            with self.root:
                self._details = box("step-details")
            self._draw_details()
        else:
            self._details.delete()
            self._details = None
        self._row.props["aria-expanded"] = "false" if self._details is None else "true"

    def _draw_details(self) -> None:
        if self._details is None:
            return
        self._details.clear()
        with self._details, box("pairs", "dl"):
            _pair("Status", lambda: Text(self._step.status.capitalize(), "span", "foreign"))
            _pair("Type", lambda: Text(self._step.type, "span", "foreign"))
            for name, value in self._step.details.items():
                text = value if isinstance(value, str) else as_json(value)
                _pair(name.replace("_", " ").capitalize(), lambda text=text: block(text))


def _pair(label: str, draw: Callable[[], object]) -> None:
    Text(label, "dt", "foreign")
    with box("foreign", "dd"):
        draw()
