"""The prices on the page of models that people have set, which go before the table's."""

from collections.abc import Awaitable, Callable, Mapping

from orchestra.domain.prices import OwnPrice
from orchestra.domain.providers import KINDS
from orchestra_ui.context import Screen
from orchestra_ui.forms.form_dialog import form_dialog
from orchestra_ui.forms.price_form import PriceForm
from orchestra_ui.parts.dialogs import confirm
from orchestra_ui.parts.elements import Text, box, button
from orchestra_ui.parts.feedback import ask, attempt
from orchestra_ui.parts.keyed import KeyedRows
from orchestra_ui.parts.moment import Moment
from orchestra_ui.wording import dollars, one_line


class PricesPart:
    """A section of a page; `refresh` shows how things are now, `changed` follows each change."""

    def __init__(self, screen: Screen, may_change: bool, changed: Callable[[], Awaitable[None]]) -> None:
        self._screen = screen
        self._may_change = may_change
        self._changed = changed
        self._providers: Mapping[str, str] = {}
        with box("card card-body", "section", aria_label="Your own prices"):
            with box("page-head"):
                Text("Your own prices", "h2", "grow")
                if may_change:
                    button("Set a price", self.add, "plain", "add")
            help_text = (
                "In US dollars per million tokens. They go before those of the table, and before the 0 of models that "
                "run here. Calls that were made keep their cost."
            )
            Text(help_text, "p", "soft")
            self._rows: KeyedRows[str, OwnPrice] = KeyedRows(box("stack"), self._draw)

    async def refresh(self) -> None:
        services, principal = self._screen.services, self._screen.principal
        kept = await ask(services.providers.list, principal)
        kinds = {kind.value: f"any of {facts.title}" for kind, facts in KINDS.items() if not facts.is_local}
        self._providers = {**kinds, **{one.name: one.name for one in kept}}
        prices = await ask(services.prices.list, principal)
        self._rows.show((f"{price.provider}/{price.model}", price) for price in prices)

    def add(self, model: str = "", provider: str = "") -> None:
        """Ask for a price, of that model if one is named."""
        self._ask("Set a price", lambda: PriceForm(self._providers, None, model, provider))

    def _change(self, price: OwnPrice) -> None:
        self._ask(f"Price of {one_line(price.model, 60)}", lambda: PriceForm(self._providers, price))

    def _ask(self, title: str, make: Callable[[], PriceForm]) -> None:
        services, principal = self._screen.services, self._screen.principal

        def keep(form: PriceForm) -> str:
            price = services.prices.put(principal, form.draft())
            return f"{one_line(price.model, 60)} is charged by this price from now on."

        form_dialog(title, "Set", make, keep, self._changed).open()

    def _draw(self, price: OwnPrice) -> "_PriceRow":
        where = self._providers.get(price.provider, price.provider) or "any provider"
        return _PriceRow(price, where, (self._change, self._ask_to_remove) if self._may_change else None)

    def _ask_to_remove(self, price: OwnPrice) -> None:
        services, principal = self._screen.services, self._screen.principal
        name = one_line(price.model, 60)

        async def remove() -> None:
            await attempt(lambda: services.prices.delete(principal, price.id), f"The price of {name} was taken away.")
            await self._changed()

        sentence = "The table's price holds again, if it has one. Calls that were made keep their cost."
        confirm(f"Take the price of {name} away?", sentence, "Take away", remove).open()


Action = Callable[[OwnPrice], None]


class _PriceRow:
    def __init__(self, price: OwnPrice, where: str, actions: tuple[Action, Action] | None) -> None:
        self._price = price
        self.root = box("provider", aria_label=f"Price of {one_line(price.model, 60)}")
        with self.root:
            with box("page-head"):
                with box("title"):
                    Text(one_line(price.model, 100), "h3", "foreign")
                    Text(one_line(where, 60), classes="tag foreign")
                if actions is not None:
                    change, remove = actions
                    with box("actions"):
                        button("Change", lambda: change(self._price), "plain", "edit")
                        button("Take away", lambda: remove(self._price), "bad", "delete_outline")
            with box("facts"):
                self._facts = [Text() for _ in range(4)]
                with box():
                    Text("set ")
                    self._moment = Moment(price.updated_at)
            self._note = Text("", "div", "soft foreign")
        self.show(price)

    def show(self, price: OwnPrice) -> None:
        self._price = price
        rates = (
            ("input", price.input),
            ("output", price.output),
            ("cached input", price.cached),
            ("written to the cache", price.cache_written),
        )
        for (name, rate), fact in zip(rates, self._facts, strict=True):
            fact.visible = rate is not None
            fact.show("" if rate is None else f"{name} {dollars(rate)}")
        self._moment.show(price.updated_at)
        self._note.show(price.note or "")
