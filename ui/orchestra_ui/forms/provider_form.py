"""The fields of a provider of models, for a new one and for one that is there."""

from collections.abc import Sequence

from nicegui import ui

from orchestra.domain.model_calls import WireFormat
from orchestra.domain.providers import KINDS, Provider, ProviderKind
from orchestra.errors import Fault
from orchestra.services.providers import ProviderChanges, ProviderDraft
from orchestra_ui.forms.field_set import FieldSet, typed, whole
from orchestra_ui.parts.elements import Text, box

_FIRST = ProviderKind.OPENAI
_USUAL = ProviderDraft("", _FIRST)


class ProviderForm:
    """Draws itself here. The key of a provider that is there stays on the server; typing replaces it."""

    def __init__(self, provider: Provider | None = None) -> None:
        self._provider = provider
        self._fields = FieldSet()
        if provider is None:
            options = {kind.value: facts.title for kind, facts in KINDS.items()}
            self._kind = self._fields.add("/kind", "Kind", "", lambda: ui.select(options, value=_FIRST.value))
            self._kind.on_value_change(lambda _: self._show_usual())
        self._draw_fields()
        self._draw_advanced()
        self._show_usual()
        if provider is not None:
            self._fill(provider)

    @property
    def kind(self) -> ProviderKind:
        return self._provider.kind if self._provider is not None else ProviderKind(self._kind.value or _FIRST)

    @property
    def test_model(self) -> str | None:
        return typed(self._model)

    def draft(self) -> ProviderDraft:
        """The new provider as it was typed."""
        timeout, retries = self._timeout.value, whole(self._retries)
        return ProviderDraft(
            name=typed(self._name) or self.kind.value,
            kind=self.kind,
            base_url=typed(self._url),
            api_key=typed(self._key),
            formats=[WireFormat(one) for one in self._formats.value or []] or None,
            api_version=typed(self._version),
            timeout_seconds=_USUAL.timeout_seconds if timeout is None else timeout,
            retries=_USUAL.retries if retries is None else retries,
            context_tokens=whole(self._context) or None,
        )

    def changes(self) -> ProviderChanges:
        """What was typed anew of the provider that is there."""
        before, now = self._provider, self.draft()
        assert before is not None
        changes: ProviderChanges = {}
        if now.name != before.name:
            changes["name"] = now.name
        if now.base_url != before.base_url:
            changes["base_url"] = now.base_url or ""
        if now.api_version != before.api_version:
            changes["api_version"] = now.api_version
        if now.context_tokens != before.context_tokens:
            changes["context_tokens"] = now.context_tokens
        if (now.formats and frozenset(now.formats)) != before.formats:
            changes["formats"] = now.formats
        if now.timeout_seconds != before.timeout_seconds:
            changes["timeout_seconds"] = now.timeout_seconds
        if now.retries != before.retries:
            changes["retries"] = now.retries
        if now.api_key is not None:
            changes["api_key"] = now.api_key
        return changes

    def show_faults(self, faults: Sequence[Fault]) -> list[Fault]:
        """Tell the faults at their fields; those that have none are given back."""
        return self._fields.show_faults(faults)

    def _draw_fields(self) -> None:
        fields = self._fields
        self._name = fields.text("/name", "Name", "Models are asked for as NAME/MODEL, too.")
        self._url = fields.text("/baseUrl", "Address")
        self._key = fields.add(
            "/apiKey",
            "Key",
            "Kept encrypted, and never shown again.",
            lambda: ui.input(password=True, password_toggle_button=True),
        )
        self._key.props("autocomplete=new-password")
        self._version = fields.text("/apiVersion", "API version", "Of Azure's older addresses; empty for its v1.")
        self._context = fields.number(
            "/contextTokens", "Context", "In tokens; Ollama cuts off prompts that are longer."
        )
        self._model = fields.text("/testModel", "Model to test with", "Empty for a cheap one that it lists.")

    def _draw_advanced(self) -> None:
        fields, formats = self._fields, [format.value for format in WireFormat]
        with box("group", "details"):
            with box(tag="summary"):
                Text("Advanced", classes="name")
            with box("group-body"):
                self._timeout = fields.number(
                    "/timeoutSeconds",
                    "Timeout",
                    "Seconds for which nothing at all may come.",
                    value=_USUAL.timeout_seconds,
                    min=1,
                    max=3600,
                )
                self._retries = fields.number(
                    "/retries",
                    "Retries",
                    "After 429 and 5xx, and where it is away.",
                    value=_USUAL.retries,
                    min=0,
                    max=10,
                )
                self._formats = fields.add(
                    "/formats",
                    "Formats",
                    "What it can be asked in; empty for what is usual for its kind.",
                    lambda: ui.select(formats, multiple=True, value=[]).props("use-chips"),
                )

    def _fill(self, provider: Provider) -> None:
        self._name.value, self._url.value = provider.name, provider.base_url
        self._version.value, self._context.value = provider.api_version or "", provider.context_tokens
        self._timeout.value, self._retries.value = provider.timeout_seconds, provider.retries
        self._formats.value = sorted(provider.formats or ())
        if provider.sealed_key is not None:
            self._key.props["placeholder"] = f"Stored ({provider.key_hint}); type to replace it"

    def _show_usual(self) -> None:
        """Show what is usual for the kind, and the fields that it has."""
        facts = KINDS[self.kind]
        self._url.props["placeholder"] = facts.base_url or facts.hint or "http://127.0.0.1:8080/v1"
        self._name.props["placeholder"] = self.kind.value
        if not facts.needs_key:
            self._key.props["placeholder"] = "None needed, unless you have set one"
        else:
            self._key.props.pop("placeholder", None)
        self._fields.show("/apiVersion", self.kind is ProviderKind.AZURE)
        self._fields.show("/contextTokens", self.kind is ProviderKind.OLLAMA)
