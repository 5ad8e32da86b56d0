"""The names that agents can ask for on the page of models: who answers them, and what that costs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nicegui import ui

from orchestra.domain.prices import DECLARED, Price
from orchestra.domain.providers import SCRIPTED_ID, OfferedModel
from orchestra_ui.context import Screen
from orchestra_ui.parts.elements import Text, box, icon_button
from orchestra_ui.parts.feedback import ask
from orchestra_ui.parts.keyed import KeyedRows
from orchestra_ui.parts.table import cell, table, text_cell
from orchestra_ui.wording import DASH, count, one_line, rate

_SHOWN = 200
_COLUMNS = {
    "Name": "",
    "Answered by": "hide-small",
    "Input": "number",
    "Output": "number",
    "Price from": "hide-small",
    "Own price": "",
}


@dataclass(frozen=True, slots=True)
class _Priced:
    offered: OfferedModel
    model: str
    provider: str
    price: Price | None


class OfferedPart:
    """A section of a page; `set_price` asks for a price of a model of a provider, None where nobody may."""

    def __init__(self, screen: Screen, set_price: Callable[[str, str], None] | None) -> None:
        self._screen = screen
        self._set_price = set_price
        self._offered: Sequence[OfferedModel] = ()
        with box("card card-body", "section", aria_label="Models"):
            self._title = Text("", "h2")
            Text("Prices are in US dollars per million tokens; what nobody knows is counted as nothing.", "p", "soft")
            self._filter = ui.input().props("outlined dense clearable autocomplete=off")
            self._filter.props["aria-label"] = "Show those whose name holds"
            self._filter.props["placeholder"] = "Show those whose name holds …"
            self._filter.on_value_change(self._show)
            self._rows: KeyedRows[str, _Priced] = KeyedRows(table("Models", _COLUMNS), self._draw)
            self._more = Text("", "p", "soft")

    async def refresh(self) -> None:
        offered = await ask(self._screen.services.models.offered, self._screen.principal)
        self._offered = sorted(offered, key=lambda one: one.kind == SCRIPTED_ID)
        self._title.show(count(len(self._offered), "name") + " that agents can ask for")
        await self._show()

    async def _show(self) -> None:
        services, principal = self._screen.services, self._screen.principal
        wanted = (self._filter.value or "").strip().lower()
        found = [one for one in self._offered if wanted in one.name.lower()]
        shown = [(one, *_place_of(one)) for one in found[:_SHOWN]]
        prices = await ask(services.prices.look_up_all, principal, [(model, provider) for _, model, provider in shown])
        if self._title.is_deleted:
            return
        rows = [_Priced(*place, price) for place, price in zip(shown, prices, strict=True)]
        self._rows.show((row.offered.name, row) for row in rows)
        left = len(found) - len(rows)
        self._more.show(f"and {left:,} more" if left else "" if found else "No name holds that.")

    def _draw(self, priced: _Priced) -> "_OfferedRow":
        return _OfferedRow(priced, self._set_price)


class _OfferedRow:
    def __init__(self, priced: _Priced, set_price: Callable[[str, str], None] | None) -> None:
        self.root = box(tag="tr")
        name = one_line(priced.offered.name, 60)
        with self.root:
            with cell("wide"):
                Text(name, classes="foreign")
            text_cell("hide-small foreign").show(_answered_by(priced.offered))
            self._input, self._output = text_cell("number"), text_cell("number")
            self._source = text_cell("hide-small")
            with cell():
                if set_price is not None and priced.offered.kind == "model":
                    place = (priced.model, priced.provider)
                    icon_button("sell", f"Set the price of {name}", lambda: set_price(*place))
        self.show(priced)

    def show(self, priced: _Priced) -> None:
        price, is_alias = priced.price, priced.offered.kind == "alias"
        unknown = DASH if is_alias else "unknown"
        self._input.show(rate(price.input) if price else unknown)
        self._output.show(rate(price.output) if price else unknown)
        self._source.show(_source_of(price) if price else "as of who answers" if is_alias else DASH)


def _place_of(one: OfferedModel) -> tuple[str, str]:
    """The model as its provider calls it, and the provider; an alias has no one place."""
    if one.kind == "model":
        provider, _, model = one.name.partition("/")
        return model, provider
    return one.name, SCRIPTED_ID if one.kind == SCRIPTED_ID else ""


def _answered_by(one: OfferedModel) -> str:
    return f"{', then '.join(one.providers)} (alias)" if one.kind == "alias" else ", ".join(one.providers)


def _source_of(price: Price) -> str:
    if price.source == DECLARED:
        return "runs here"
    return f"{price.source}, {price.as_of.isoformat()}" if price.as_of else price.source
