"""The part of an execution's page that lists its model calls, each with prompt and reply when it is opened."""

from nicegui import ui

from orchestra.domain.kept_calls import KeptCall
from orchestra.services.model_calls import ReadCall
from orchestra_ui.context import Screen
from orchestra_ui.parts.dialogs import dialog_frame
from orchestra_ui.parts.elements import Text, block, box, button, text_button
from orchestra_ui.parts.feedback import ask, attempt
from orchestra_ui.parts.moment import Moment
from orchestra_ui.parts.table import cell, table, text_cell
from orchestra_ui.wording import DASH, as_json, count, duration, money, one_line

_PAGE = 50
_COLUMNS = {
    "At": "",
    "Model": "",
    "Status": "",
    "Tokens": "number",
    "Cost": "number",
    "Time": "number",
    "First token": "number hide-small",
}


class ModelCallsPart:
    """Reads only while it is seen: a run may make many calls."""

    def __init__(self, screen: Screen, execution_id: str) -> None:
        self._screen = screen
        self._execution_id = execution_id
        self._is_seen = False
        self._pages = 1
        self._root = box("stack")

    async def show_if(self, is_seen: bool) -> None:
        self._is_seen = is_seen
        await self.refresh()

    async def refresh(self) -> None:
        """Read the calls again, if anybody sees them."""
        if not self._is_seen or self._root.is_deleted:
            return
        calls: list[KeptCall] = []
        total = 0
        for page in range(1, self._pages + 1):
            found = await ask(
                self._screen.services.model_calls.list,
                self._screen.principal,
                self._execution_id,
                page=page,
                limit=_PAGE,
            )
            calls += found.items
            total = found.total
        if not self._root.is_deleted:
            self._root.clear()
            with self._root:
                self._draw(calls, total)

    def _draw(self, calls: list[KeptCall], total: int) -> None:
        if not calls:
            Text("It has called no model.", "p", "soft")
            return
        if any(call.is_scripted for call in calls):
            with box("notice", role="note"):
                ui.icon("theater_comedy").props["aria-hidden"] = "true"
                Text("Calls marked “scripted” were answered from a script. No model has thought about them.")
        with table("Model calls", _COLUMNS):
            for call in calls:
                with box(tag="tr"):
                    self._draw_row(call)
        if len(calls) < total:
            button(f"Show more of {count(total, 'call')}", self._show_more, "quiet")

    def _draw_row(self, call: KeptCall) -> None:
        record = call.record
        with cell():
            Moment(record.started_at, "clock")
        with cell("foreign"), box("tags"):
            model = record.target.model if record.target else record.asked_model
            text_button(one_line(model, 60), lambda: self._open(record.id))
            if call.is_scripted:
                Text("scripted", classes="tag")
        text_cell("foreign").show(record.status.value if record.error is None else one_line(record.error, 80))
        tokens = record.tokens
        about = "~" if tokens.estimated else ""
        text_cell("number").show(f"{about}{_figure(tokens.input)} + {_figure(tokens.output)}")
        text_cell("number").show(money(call.charge.cost))
        text_cell("number").show(duration(record.latency_ms))
        text_cell("number hide-small").show(duration(record.first_token_ms))

    async def _show_more(self) -> None:
        self._pages += 1
        await self.refresh()

    async def _open(self, call_id: str) -> None:
        services, principal = self._screen.services, self._screen.principal
        read = await attempt(lambda: services.model_calls.read(principal, self._execution_id, call_id))
        if read is not None:
            with self._root, dialog_frame("Model call") as dialog:
                _draw_call(read)
                with box("actions"):
                    button("Close", dialog.close)
            dialog.open()


def _draw_call(read: ReadCall) -> None:
    record, charge = read.call.record, read.call.charge
    provider = record.target.provider_name if record.target else DASH
    facts = {
        "Asked for": record.asked_model,
        "Provider": provider,
        "Format": record.format.value + (", streamed" if record.streamed else ""),
        "Ended": record.finish_reason or record.status.value,
        "Cost": money(charge.cost),
        "Price": f"{charge.source or 'not known'} {charge.as_of or ''}",
    }
    if record.truncated_prompt:
        facts["Prompt"] = "It was longer than the model's context: the model has not seen all of it."
    with box("pairs", "dl"):
        for label, value in facts.items():
            Text(label, "dt")
            Text(value, "dd", "foreign")
    if not read.call.has_bodies:
        Text("What was asked and answered is not kept (ORCHESTRA_MODEL_BODY_DAYS).", "p", "soft")
        return
    for role, text in read.messages:
        Text(one_line(role, 40), "h3", "foreign")
        block(text)
    Text("Reply", "h3")
    block(read.reply or DASH)
    for name, arguments in read.tool_calls:
        Text(f"Calls {one_line(name, 60)}", "h3", "foreign")
        block(as_json(dict(arguments)))


def _figure(tokens: int | None) -> str:
    return "?" if tokens is None else f"{tokens:,}"
