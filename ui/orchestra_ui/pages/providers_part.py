"""The providers on the page of models: how each is, and how one is added, tested, changed and removed."""

from orchestra.domain.providers import KINDS, Probed, Provider
from orchestra.services.providers import ProviderChanges
from orchestra_ui.context import Screen
from orchestra_ui.forms.form_dialog import form_dialog
from orchestra_ui.forms.provider_form import ProviderForm
from orchestra_ui.parts.dialogs import confirm
from orchestra_ui.parts.elements import Text, box, button
from orchestra_ui.parts.feedback import ask, attempt
from orchestra_ui.parts.keyed import KeyedRows
from orchestra_ui.parts.status import Status
from orchestra_ui.wording import count


class ProvidersPart:
    """A section of a page; `refresh` shows how things are now."""

    def __init__(self, screen: Screen, may_change: bool) -> None:
        self._screen = screen
        self._may_change = may_change
        with box("card card-body", "section", aria_label="Providers"):
            with box("page-head"):
                Text("Providers", "h2", "grow")
                if may_change:
                    button("Add provider", self._add, "main", "add")
            self._empty = Text(
                "The scripted model answers without a provider. Add one to use real models.", "p", "soft"
            )
            self._rows: KeyedRows[str, Provider] = KeyedRows(box("stack"), self._draw)

    async def refresh(self) -> None:
        found = await ask(self._screen.services.providers.list, self._screen.principal)
        self._empty.visible = not found
        self._rows.show((one.id, one) for one in found)

    def _draw(self, provider: Provider) -> "_ProviderRow":
        return _ProviderRow(self._screen, provider, self._may_change)

    def _add(self) -> None:
        services, principal = self._screen.services.providers, self._screen.principal

        def keep(form: ProviderForm) -> str:
            made, _ = services.create(principal, form.draft(), test_model=form.test_model)
            return f"{made.name} was added, with {count(len(made.models), 'model')}."

        form_dialog("Add a provider", "Test and add", ProviderForm, keep).open()


class _ProviderRow:
    def __init__(self, screen: Screen, provider: Provider, may_change: bool) -> None:
        self._screen = screen
        self._provider = provider
        self.root = box("provider", aria_label=provider.name)
        with self.root:
            with box("page-head"):
                with box("title"):
                    self._name = Text("", "h3", "foreign")
                    self._status = Status("ON", pill=True)
                if may_change:
                    self._draw_actions()
            with box("facts"):
                Text(KINDS[provider.kind].title)
                self._facts = [Text(classes="foreign") for _ in range(4)]
            self._message = Text("", "div", "foreign")
            self._message.props["role"] = "status"
        self.show(provider)

    def show(self, provider: Provider) -> None:
        self._provider = provider
        refusal = self._screen.services.providers.refusal_of(provider)
        self._name.show(provider.name)
        self._status.show("refused" if refusal else "ON" if provider.is_active else "OFF")
        key = f"key {provider.key_hint}" if provider.key_hint else "no key"
        for text, fact in zip(
            self._facts, (provider.base_url, key, _models_of(provider), _ways_of(provider)), strict=True
        ):
            text.show(fact)
        if refusal:
            self._message.show(refusal)

    def _draw_actions(self) -> None:
        with box("actions"):
            self._test_button = button("Test", self._test, "plain", "network_check")
            button("Edit", self._edit, "plain", "edit")
            button("Remove", self._ask_to_remove, "bad", "delete_outline")

    async def _test(self) -> None:
        services, principal = self._screen.services.providers, self._screen.principal
        self._test_button.disable()
        self._message.show("It is being asked…")
        try:
            probed = await attempt(lambda: services.test(principal, self._provider.id))
        finally:
            if not self._test_button.is_deleted:
                self._test_button.enable()
        if not self._message.is_deleted:
            self._message.show(_words_of(probed))

    def _edit(self) -> None:
        services, principal, provider = self._screen.services.providers, self._screen.principal, self._provider

        def keep(form: ProviderForm) -> str:
            changed = services.update(principal, provider.id, form.changes(), test_model=form.test_model)
            return f"{changed.name} was changed."

        async def switch() -> None:
            changes: ProviderChanges = {"is_active": not provider.is_active}
            await attempt(lambda: services.update(principal, provider.id, changes))

        word = "Switch off" if provider.is_active else "Switch on"
        form_dialog(f"Change {provider.name}", "Save", lambda: ProviderForm(provider), keep, more=(word, switch)).open()

    def _ask_to_remove(self) -> None:
        sentence = "Its key is forgotten. Agents that use its models cannot ask them any more."
        confirm(f"Remove {self._provider.name}?", sentence, "Remove", self._remove).open()

    async def _remove(self) -> None:
        services, principal = self._screen.services.providers, self._screen.principal
        await attempt(lambda: services.delete(principal, self._provider.id))


def _models_of(provider: Provider) -> str:
    context = f", context of {provider.context_tokens:,} tokens" if provider.context_tokens else ""
    return f"{count(len(provider.models), 'model')}{context}"


def _ways_of(provider: Provider) -> str:
    retries = count(provider.retries, "retry", "retries")
    return f"speaks {', '.join(sorted(provider.spoken))}; {retries}, {provider.timeout_seconds:g} s of patience"


def _words_of(probed: Probed | None) -> str:
    return "" if probed is None else probed.message
