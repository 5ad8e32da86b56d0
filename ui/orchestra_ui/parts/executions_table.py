"""The table of executions, as the list and an agent's page show it."""

from nicegui import ui

from orchestra.domain.executions import Execution
from orchestra_ui.parts.elements import Link, Text, box
from orchestra_ui.parts.keyed import KeyedRows
from orchestra_ui.parts.moment import Moment
from orchestra_ui.parts.status import Status
from orchestra_ui.parts.table import cell, table, text_cell
from orchestra_ui.wording import DASH, duration, one_line


def executions_table(titles: dict[str, str], *, of_one_agent: bool = False) -> KeyedRows[str, Execution]:
    """An empty table; `titles` names the frameworks. For one agent, the columns that never differ are left out."""
    columns = {"Status": "", "Agent": "", "Framework": "hide-small", "Trigger": "hide-small", "Started": ""}
    if of_one_agent:
        columns = {"Status": "", "Trigger": "hide-small", "Started": ""}
    body = table("Executions", {**columns, "Duration": "number", "Tokens": "number"})

    def draw(execution: Execution) -> _ExecutionRow:
        return _ExecutionRow(execution, titles, of_one_agent)

    return KeyedRows(body, draw)


class _ExecutionRow:
    def __init__(self, execution: Execution, titles: dict[str, str], of_one_agent: bool) -> None:
        self.root = box(tag="tr")
        path = f"/executions/{execution.id}"
        with self.root:
            if of_one_agent:
                with cell(), Link("", path, "row-link"):
                    self._status = Status(execution.status.value)
            else:
                with cell():
                    self._status = Status(execution.status.value)
                with cell("wide"):
                    Link(one_line(execution.agent_name), path, "row-link foreign")
                text_cell("hide-small").show(titles.get(execution.framework, execution.framework))
            text_cell("hide-small").show(execution.trigger.value.capitalize())
            with cell():
                self._started = Moment(execution.started_at or execution.created_at)
            self._duration = cell("number")
            self._tokens = text_cell("number")
        self._shown: tuple[object, ...] | None = None
        self.show(execution)

    def show(self, execution: Execution) -> None:
        self._status.show(execution.status.value)
        self._started.show(execution.started_at or execution.created_at)
        self._tokens.show(f"{execution.tokens_used:,}")
        timing = (execution.status, execution.started_at, execution.duration_ms)
        if timing != self._shown:
            self._shown = timing
            self._duration.clear()
            with self._duration:
                show_duration(execution)


def show_duration(execution: Execution) -> ui.element:
    """How long it took, or the time that passes while it runs."""
    if execution.started_at is not None and not execution.status.is_final:
        return Moment(execution.started_at, "elapsed")
    return Text(duration(execution.duration_ms) if execution.started_at else DASH)
