"""The aliases on the page of models: names that stand for models, with others to fall back on."""

from collections.abc import Mapping, Sequence

from nicegui import ui

from orchestra.domain.providers import SCRIPTED_ID, Alias, Route
from orchestra.errors import Invalid
from orchestra_ui.context import Screen
from orchestra_ui.forms.frame import FieldFrame
from orchestra_ui.parts.elements import Text, box, button, icon_button
from orchestra_ui.parts.feedback import ask, attempt
from orchestra_ui.parts.keyed import KeyedRows

_OFFERED = 2_000


class AliasesPart:
    """A section of a page; `refresh` shows how things are now."""

    def __init__(self, screen: Screen, may_change: bool) -> None:
        self._screen = screen
        self._may_change = may_change
        self._names: Mapping[str, str] = {}
        with box("card card-body", "section", aria_label="Aliases"):
            Text("Aliases", "h2")
            help_text = "Names such as fast or smart, for agents to ask for. The next model is asked while one fails."
            Text(help_text, "p", "soft")
            self._rows: KeyedRows[str, Alias] = KeyedRows(box("stack"), self._draw)
            if may_change:
                self._draw_form()

    async def refresh(self) -> None:
        services, principal = self._screen.services, self._screen.principal
        providers = await ask(services.providers.list, principal)
        self._names = {one.id: one.name for one in providers}
        aliases = await ask(services.models.aliases, principal)
        self._rows.show((one.name, one) for one in aliases)
        if self._may_change:
            offered = await ask(services.models.offered, principal)
            scripted = [f"{SCRIPTED_ID}/{one.name}" for one in offered if one.kind == SCRIPTED_ID]
            options = [*(one.name for one in offered if one.kind == "model"), *scripted]
            self._models.set_options(list(dict.fromkeys([*options[:_OFFERED], *self._chosen])))

    @property
    def _chosen(self) -> Sequence[str]:
        return self._models.value or []

    def _draw(self, alias: Alias) -> "_AliasRow":
        return _AliasRow(self._screen, alias, self._names, self._may_change)

    def _draw_form(self) -> None:
        with box("group", "details"):
            with box(tag="summary"):
                Text("Name an alias", classes="name")
            with box("group-body"):
                self._name_frame = FieldFrame("Alias", "One that is there already gets these models instead.")
                with self._name_frame:
                    self._name = ui.input().props("outlined dense autocomplete=off maxlength=100")
                    self._name_frame.attach(self._name)
                help_text = "In order: the first that answers. Choose, or type PROVIDER/MODEL."
                self._models_frame = FieldFrame("Models", help_text)
                with self._models_frame:
                    self._models = ui.select([], multiple=True, with_input=True, new_value_mode="add-unique", value=[])
                    self._models.props("outlined dense use-chips")
                    self._models_frame.attach(self._models)
                with box("actions"):
                    button("Save alias", self._save, "main")

    async def _save(self) -> None:
        services, principal = self._screen.services.models, self._screen.principal
        name, routes = (self._name.value or "").strip(), [_route_of(text) for text in self._chosen]
        self._name_frame.show_fault(None)
        self._models_frame.show_fault(None)
        try:
            kept = await attempt(lambda: services.set_alias(principal, name, routes), f"{name} was saved.")
        except Invalid as error:
            for fault in error.faults:
                frame = self._name_frame if fault.pointer == "/name" else self._models_frame
                frame.show_fault(fault.message)
            return
        if kept is not None and not self._name.is_deleted:
            self._name.value, self._models.value = "", []


class _AliasRow:
    def __init__(self, screen: Screen, alias: Alias, names: Mapping[str, str], may_change: bool) -> None:
        self._screen = screen
        self._names = names
        self._name = alias.name
        self.root = box("page-head", aria_label=alias.name)
        with self.root:
            with box("title"):
                Text(alias.name, "strong", "foreign")
                self._routes = Text("", classes="soft foreign")
            if may_change:
                icon_button("delete_outline", f"Delete {alias.name}", self._remove)
        self.show(alias)

    def show(self, alias: Alias) -> None:
        places = [f"{self._names.get(one.provider_id, one.provider_id)}/{one.model}" for one in alias.routes]
        self._routes.show(", then ".join(places))

    async def _remove(self) -> None:
        services, principal = self._screen.services.models, self._screen.principal
        await attempt(lambda: services.delete_alias(principal, self._name), f"{self._name} was deleted.")


def _route_of(text: str) -> Route:
    provider, _, model = text.strip().partition("/")
    return Route(provider, model)
