"""What a person can do with providers of models."""

import dataclasses
import uuid
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypedDict
from urllib.parse import urlsplit

from orchestra.bus import PROVIDERS, Bus
from orchestra.domain.egress import Egress
from orchestra.domain.identity import Permission, Principal
from orchestra.domain.model_calls import WireFormat
from orchestra.domain.providers import (
    KINDS,
    SCRIPTED_ID,
    Probed,
    Provider,
    ProviderChanged,
    ProviderKind,
    hint_of,
    is_name,
)
from orchestra.errors import Conflict, Fault, InUse, Invalid, NotFound, Unavailable
from orchestra.gateway.prober import Prober
from orchestra.services.secrets import require_owner
from orchestra.vault import Vault
from orchestra_storage.unit import Storage, Unit

_DUTY = "manage providers of models"
_MOST_MODELS = 2_000
_KEY_CHARACTERS = 1_000
_MOST_SECONDS = 3_600
_MOST_RETRIES = 10
_MOST_CONTEXT = 10_000_000


@dataclass(frozen=True, slots=True)
class ProviderDraft:
    """A provider as somebody wants it; without an address it is where its kind usually is."""

    name: str
    kind: ProviderKind
    base_url: str | None = None
    api_key: str | None = None
    formats: Sequence[WireFormat] | None = None
    api_version: str | None = None
    timeout_seconds: float = 600
    retries: int = 2
    context_tokens: int | None = None
    is_active: bool = True
    models: Sequence[str] = ()


class ProviderChanges(TypedDict, total=False):
    """The fields of a provider to be changed; None clears what may be empty."""

    name: str
    base_url: str
    api_key: str | None
    formats: Sequence[WireFormat] | None
    api_version: str | None
    timeout_seconds: float
    retries: int
    context_tokens: int | None
    is_active: bool
    models: Sequence[str]


class ProviderService:
    """`changed` is called whenever a provider was changed, before anybody is told."""

    def __init__(
        self,
        storage: Storage,
        bus: Bus,
        vault: Vault,
        egress: Egress,
        prober: Prober,
        changed: Callable[[], None],
    ) -> None:
        self._storage = storage
        self._bus = bus
        self._vault = vault
        self._egress = egress
        self._prober = prober
        self._changed = changed

    @property
    def zero_egress(self) -> bool:
        """Whether only models on this machine may be asked."""
        return self._egress.is_zero

    def refusal_of(self, provider: Provider) -> str | None:
        """Why the provider may not be asked from here, as a sentence; None if it may."""
        return self._egress.refusal_of_url(provider.base_url, provider.facts.is_local)

    def list(self, principal: Principal) -> Sequence[Provider]:
        """All providers, the oldest first; their keys stay here."""
        principal.require(Permission.READ)
        with self._storage.read() as unit:
            return unit.providers.all()

    def get(self, principal: Principal, provider_id: str) -> Provider:
        """The provider of that id or name."""
        principal.require(Permission.READ)
        with self._storage.read() as unit:
            return _find(unit, provider_id)

    def create(
        self, principal: Principal, draft: ProviderDraft, *, test: bool = True, test_model: str | None = None
    ) -> tuple[Provider, Probed | None]:
        """Keep a provider that answers: Invalid, with its own words, if it does not. Untested if `test` is false.

        Its models are those that it lists, and those given.
        """
        require_owner(principal, _DUTY)
        provider = self._drafted(draft)
        probed = self._prober.test(provider, draft.api_key, test_model) if test else None
        if probed is not None:
            provider = _with_answer(provider, probed)
        with self._storage.write() as unit:
            _refuse_taken(unit, provider)
            unit.providers.add(provider)
        self._tell()
        return provider, probed

    def try_draft(self, principal: Principal, draft: ProviderDraft, test_model: str | None = None) -> Probed:
        """How one cheap call goes; nothing is kept."""
        require_owner(principal, _DUTY)
        return self._prober.test(self._drafted(draft), draft.api_key, test_model)

    def update(
        self,
        principal: Principal,
        provider_id: str,
        changes: ProviderChanges,
        *,
        test: bool = True,
        test_model: str | None = None,
    ) -> Provider:
        """Change the fields that are named. What decides how it is asked is tested before, unless `test` is false."""
        require_owner(principal, _DUTY)
        with self._storage.read() as unit:
            before = _find(unit, provider_id)
        changed = self._changed_by(before, changes)
        if test and changed.is_active and {"base_url", "api_key", "api_version", "context_tokens"} & changes.keys():
            key = changes["api_key"] if "api_key" in changes else self._key_of(before)
            changed = _with_answer(changed, self._prober.test(changed, key, test_model))
        with self._storage.write() as unit:
            _find(unit, before.id)
            _refuse_taken(unit, changed)
            unit.providers.update(changed)
        self._tell()
        return changed

    def delete(self, principal: Principal, provider_id: str) -> None:
        """Forget it, with its key; InUse while an alias stands for a model of it."""
        require_owner(principal, _DUTY)
        with self._storage.write() as unit:
            provider = _find(unit, provider_id)
            using = [one.name for one in unit.aliases.all() if any(r.provider_id == provider.id for r in one.routes)]
            if using:
                raise InUse(f"{provider.name} is used by the alias {', '.join(using)}. Change that first.")
            unit.providers.remove(provider.id)
        self._tell()

    def test(self, principal: Principal, provider_id: str, model: str | None = None) -> Probed:
        """How one cheap call to it goes; the models that it lists are kept."""
        require_owner(principal, _DUTY)
        with self._storage.read() as unit:
            provider = _find(unit, provider_id)
        probed = self._prober.test(provider, self._key_of(provider), model)
        if probed.models is not None:
            self._keep_models(provider.id, probed.models)
        return probed

    def list_models(self, principal: Principal, provider_id: str) -> Provider:
        """Ask it which models it has, and keep them; Unavailable, with its own words, if it does not say."""
        require_owner(principal, _DUTY)
        with self._storage.read() as unit:
            provider = _find(unit, provider_id)
        models = self._prober.models(provider, self._key_of(provider))
        if models is None:
            raise Unavailable(f"{provider.name} does not list its models. Add those that you want by hand.")
        return self._keep_models(provider.id, models)

    async def changes(self, principal: Principal) -> AsyncGenerator[ProviderChanged]:
        """Whatever changes of providers and aliases, from now on."""
        principal.require(Permission.READ)
        with self._bus.subscribe(PROVIDERS) as changes:
            async for change in changes:
                yield change

    def _drafted(self, draft: ProviderDraft) -> Provider:
        facts, now = KINDS[draft.kind], datetime.now(UTC)
        base_url = _plain(draft.base_url or facts.base_url)
        provider = Provider(
            id=uuid.uuid4().hex,
            name=draft.name,
            kind=draft.kind,
            base_url=base_url,
            created_at=now,
            updated_at=now,
            formats=None if draft.formats is None else frozenset(draft.formats),
            api_version=draft.api_version,
            timeout_seconds=draft.timeout_seconds,
            retries=draft.retries,
            context_tokens=draft.context_tokens,
            is_active=draft.is_active,
            models=tuple(dict.fromkeys(draft.models)),
        )
        faults = _faults_of(provider, draft.api_key, self._egress)
        if facts.needs_key and not draft.api_key:
            faults.append(Fault("/apiKey", f"{facts.title} wants a key."))
        _refuse(faults)
        return self._keyed(provider, draft.api_key)

    def _changed_by(self, before: Provider, changes: ProviderChanges) -> Provider:
        values: dict[str, Any] = {name: value for name, value in changes.items() if name != "api_key"}
        if "base_url" in changes:
            values["base_url"] = _plain(changes["base_url"])
        if changes.get("formats") is not None:
            values["formats"] = frozenset(values["formats"])
        if "models" in changes:
            values["models"] = tuple(dict.fromkeys(values["models"]))
        changed = dataclasses.replace(before, **values, updated_at=datetime.now(UTC))
        key = changes.get("api_key")
        faults = _faults_of(changed, key, self._egress)
        if "api_key" in changes and not key and changed.facts.needs_key:
            faults.append(Fault("/apiKey", f"{changed.facts.title} wants a key."))
        if "api_key" not in changes and before.sealed_key and _host_of(before) != _host_of(changed):
            faults.append(Fault("/apiKey", "Give the key again: the one that is kept was for another address."))
        _refuse(faults)
        return self._keyed(changed, key) if "api_key" in changes else changed

    def _keyed(self, provider: Provider, key: str | None) -> Provider:
        sealed, hint = (self._vault.seal(key), hint_of(key)) if key else (None, None)
        return dataclasses.replace(provider, sealed_key=sealed, key_hint=hint)

    def _key_of(self, provider: Provider) -> str | None:
        return None if provider.sealed_key is None else self._vault.unseal(provider.sealed_key)

    def _keep_models(self, provider_id: str, models: Sequence[str]) -> Provider:
        now = datetime.now(UTC)
        with self._storage.write() as unit:
            provider = _find(unit, provider_id)
            changed = dataclasses.replace(provider, models=tuple(models), listed_at=now)
            unit.providers.update(changed)
        self._tell()
        return changed

    def _tell(self) -> None:
        self._changed()
        self._bus.publish(PROVIDERS, ProviderChanged())


def _faults_of(provider: Provider, key: str | None, egress: Egress) -> list[Fault]:
    faults = egress.faults_of_url(provider.base_url, provider.facts.is_local)
    if not is_name(provider.name) or provider.name == SCRIPTED_ID:
        words = "A name is made of small letters, digits, dots, dashes and underscores, and is not 'scripted'."
        faults.append(Fault("/name", words))
    if key and not (key.isascii() and key.isprintable() and " " not in key and len(key) <= _KEY_CHARACTERS):
        faults.append(Fault("/apiKey", "A key is made of printable ASCII characters, without blanks."))
    if provider.formats is not None and not provider.formats:
        faults.append(Fault("/formats", "Name at least one, or leave it out for what is usual."))
    if provider.api_version is not None and provider.kind is not ProviderKind.AZURE:
        faults.append(Fault("/apiVersion", "Only Azure OpenAI has versions."))
    if provider.context_tokens is not None and provider.kind is not ProviderKind.OLLAMA:
        faults.append(Fault("/contextTokens", "Only Ollama can be asked for a context."))
    if len(provider.models) > _MOST_MODELS:
        faults.append(Fault("/models", f"At most {_MOST_MODELS:,} models are kept."))
    return [*faults, *_faults_of_numbers(provider)]


def _faults_of_numbers(provider: Provider) -> list[Fault]:
    faults: list[Fault] = []
    if not 0 < provider.timeout_seconds <= _MOST_SECONDS:
        faults.append(Fault("/timeoutSeconds", f"This must be above 0, and {_MOST_SECONDS:,} at most."))
    if not 0 <= provider.retries <= _MOST_RETRIES:
        faults.append(Fault("/retries", f"This must be from 0 to {_MOST_RETRIES}."))
    if provider.context_tokens is not None and not 256 <= provider.context_tokens <= _MOST_CONTEXT:
        faults.append(Fault("/contextTokens", f"This must be from 256 to {_MOST_CONTEXT:,} tokens."))
    return faults


def _find(unit: Unit, provider_id: str) -> Provider:
    provider = unit.providers.get(provider_id) or unit.providers.named(provider_id)
    if provider is None:
        raise NotFound("provider", provider_id)
    return provider


def _host_of(provider: Provider) -> str:
    return urlsplit(provider.base_url).netloc


def _with_answer(provider: Provider, probed: Probed) -> Provider:
    """The provider with the models that it lists; Invalid if it did not answer as it should."""
    if not probed.is_ok:
        at = "/contextTokens" if probed.context_tokens else ""
        message = f"The provider was not saved, since its test failed. {probed.message}"
        raise Invalid(message, [Fault(at, probed.message)])
    if probed.models is None:
        return provider
    models = tuple(dict.fromkeys([*probed.models, *provider.models]))
    return dataclasses.replace(provider, models=models, listed_at=datetime.now(UTC))


def _refuse_taken(unit: Unit, provider: Provider) -> None:
    other = unit.providers.named(provider.name)
    if other is not None and other.id != provider.id:
        raise Conflict(f"There is a provider called {provider.name} already. Choose another name.")


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise Invalid(f"The provider cannot be kept like this: {faults[0].pointer}: {faults[0].message}", faults)


def _plain(url: str) -> str:
    """The address as HTTP wants it: a host name in ASCII, and no slash, query or fragment at its end."""
    url = url.strip().partition("#")[0].partition("?")[0].rstrip("/")
    try:
        place = urlsplit(url).netloc
        return url if place.isascii() else url.replace(place, place.encode("idna").decode())
    except ValueError:  # also what IDNA cannot write; told as a fault
        return url
