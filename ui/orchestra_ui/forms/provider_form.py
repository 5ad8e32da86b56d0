"""The fields of a provider of models, for a new one and for one that is there."""

from collections.abc import Callable, Sequence
from typing import Any

from nicegui import ui

from orchestra.domain.providers import KINDS, Provider, ProviderKind
from orchestra.errors import Fault
from orchestra.services.providers import ProviderChanges, ProviderDraft
from orchestra_ui.forms.frame import FieldFrame

_INPUT = "outlined dense autocomplete=off"
_FIRST = ProviderKind.OPENAI


class ProviderForm:
    """Draws itself here. The key of a provider that is there stays on the server; typing replaces it."""

    def __init__(self, provider: Provider | None = None) -> None:
        self._provider = provider
        self._frames: dict[str, FieldFrame] = {}
        if provider is None:
            options = {kind.value: facts.title for kind, facts in KINDS.items()}
            self._kind = self._field("/kind", "Kind", "", lambda: ui.select(options, value=_FIRST.value))
            self._kind.on_value_change(lambda _: self._usual())
        self._name = self._text("/name", "Name", "Models are asked for as NAME/MODEL, too.")
        self._url = self._text("/baseUrl", "Address", "")
        self._key = self._field(
            "/apiKey",
            "Key",
            "Kept encrypted, and never shown again.",
            lambda: ui.input(password=True, password_toggle_button=True),
        )
        self._key.props("autocomplete=new-password")
        self._version = self._text("/apiVersion", "API version", "Of Azure's older addresses; empty for its v1.")
        self._context = self._field(
            "/contextTokens", "Context", "In tokens; Ollama cuts off prompts that are longer.", ui.number
        )
        self._model = self._text("/testModel", "Model to test with", "Empty for a cheap one that it lists.")
        self._usual()
        if provider is not None:
            self._fill(provider)

    @property
    def kind(self) -> ProviderKind:
        return self._provider.kind if self._provider is not None else ProviderKind(self._kind.value or _FIRST)

    @property
    def test_model(self) -> str | None:
        return _typed(self._model)

    def draft(self) -> ProviderDraft:
        """The new provider as it was typed."""
        tokens: Any = self._context.value
        return ProviderDraft(
            name=_typed(self._name) or self.kind.value,
            kind=self.kind,
            base_url=_typed(self._url),
            api_key=_typed(self._key),
            api_version=_typed(self._version),
            context_tokens=int(tokens) if tokens else None,
        )

    def changes(self) -> ProviderChanges:
        """What was typed anew of the provider that is there."""
        before, typed = self._provider, self.draft()
        assert before is not None
        changes: ProviderChanges = {}
        if typed.name != before.name:
            changes["name"] = typed.name
        if typed.base_url != before.base_url:
            changes["base_url"] = typed.base_url or ""
        if typed.api_version != before.api_version:
            changes["api_version"] = typed.api_version
        if typed.context_tokens != before.context_tokens:
            changes["context_tokens"] = typed.context_tokens
        if typed.api_key is not None:
            changes["api_key"] = typed.api_key
        return changes

    def forget_key(self) -> None:
        """Nothing of the key that was typed stays on the page."""
        self._key.value = None

    def show_faults(self, faults: Sequence[Fault]) -> list[Fault]:
        """Tell the faults at their fields; those that have none are given back."""
        for frame in self._frames.values():
            frame.show_fault(None)
        for fault in faults:
            if (frame := self._frames.get(fault.pointer)) is not None:
                frame.show_fault(fault.message)
        return [fault for fault in faults if fault.pointer not in self._frames]

    def _fill(self, provider: Provider) -> None:
        self._name.value, self._url.value = provider.name, provider.base_url
        self._version.value, self._context.value = provider.api_version or "", provider.context_tokens
        if provider.sealed_key is not None:
            self._key.props["placeholder"] = f"Stored ({provider.key_hint}); type to replace it"

    def _usual(self) -> None:
        """Show what is usual for the kind, and the fields that it has."""
        facts = KINDS[self.kind]
        self._url.props["placeholder"] = facts.base_url or facts.hint or "http://127.0.0.1:8080/v1"
        self._name.props["placeholder"] = self.kind.value
        if not facts.needs_key:
            self._key.props["placeholder"] = "None needed, unless you have set one"
        else:
            self._key.props.pop("placeholder", None)
        self._frames["/apiVersion"].root.visible = self.kind is ProviderKind.AZURE
        self._frames["/contextTokens"].root.visible = self.kind is ProviderKind.OLLAMA

    def _text(self, pointer: str, label: str, help_text: str) -> Any:
        return self._field(pointer, label, help_text, ui.input)

    def _field(self, pointer: str, label: str, help_text: str, make: Callable[[], Any]) -> Any:
        frame = self._frames[pointer] = FieldFrame(label, help_text)
        with frame:
            control = make().props(_INPUT)
            frame.attach(control)
        return control


def _typed(control: Any) -> str | None:
    return (control.value or "").strip() or None
