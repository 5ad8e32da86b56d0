"""Knows which providers answer for which model: aliases first, then models of providers."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from orchestra.domain.egress import Egress
from orchestra.domain.model_calls import Target, WireFormat
from orchestra.domain.providers import SCRIPTED_ID, Alias, OfferedModel, Provider, ProviderKind, Route, offered_name
from orchestra.errors import Unavailable
from orchestra.gateway.errors import CallError
from orchestra.gateway.prober import Prober
from orchestra.gateway.targets import scripted_target, target_of
from orchestra.vault import Vault
from orchestra_storage.haste import refuse_haste
from orchestra_storage.unit import Storage

log = logging.getLogger(__name__)

_SHOWN_NAMES = 20


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database says, read once until somebody changes it."""

    providers: Mapping[str, Provider]
    """By id, the oldest first."""
    aliases: Mapping[str, Alias]


class Directory:
    """May be used from any thread. Keys are decrypted when they are first needed, and kept in memory alone."""

    def __init__(
        self, storage: Storage, vault: Vault, egress: Egress, prober: Prober, scripted: Callable[[], Sequence[str]]
    ) -> None:
        self._storage = storage
        self._vault = vault
        self._egress = egress
        self._prober = prober
        self._scripted = scripted
        self._lock = threading.Lock()
        self._known: _Known | None = None
        self._keys: dict[str, str] = {}
        self._contexts: dict[tuple[str, str, int], str] = {}

    def forget(self) -> None:
        """Providers or aliases were changed: read them anew when they are needed next."""
        with self._lock:
            self._known = None
            self._keys.clear()
            self._contexts.clear()

    def names(self) -> list[str]:
        """The aliases and models that can be asked for; scripted models are not among them."""
        return [one.name for one in self.offered() if one.kind != SCRIPTED_ID]

    def offered(self) -> list[OfferedModel]:
        """All names that can be asked for: aliases, scripted models, and the models of each provider."""
        known = self._read()
        usable = [one for one in known.providers.values() if one.is_active and not self._refusal(one)]
        offered = [OfferedModel(one.name, "alias", _names_in(one, known)) for one in known.aliases.values()]
        offered += [OfferedModel(name, SCRIPTED_ID, [SCRIPTED_ID]) for name in self._scripted()]
        offered += [
            OfferedModel(offered_name(one, model), "model", [one.name]) for one in usable for model in one.models
        ]
        return offered

    def count(self) -> tuple[int, int]:
        """How many providers are switched on, and how many scripted models there are."""
        return sum(one.is_active for one in self._read().providers.values()), len(self._scripted())

    def resolve(self, number: int, model: str, format: WireFormat) -> Sequence[Target]:
        """See `gateway.ports.Directory`."""
        known = self._read()
        routes = self._routes_of(model, known)
        refusals: list[CallError] = []
        targets: list[Target] = []
        for route in routes:
            try:
                targets.append(self._target(known, model, route, format))
            except CallError as error:
                refusals.append(error)
        if targets:
            return targets
        # What can be mended by asking otherwise comes last: that a provider may not be asked at all matters more.
        raise max(refusals, key=lambda error: error.status)

    def _read(self) -> _Known:
        if (known := self._known) is not None:
            return known
        refuse_haste()
        with self._lock:
            if self._known is None:
                with self._storage.read() as unit:
                    providers = {one.id: one for one in unit.providers.all()}
                    aliases = {one.name: one for one in unit.aliases.all()}
                self._known = _Known(providers, aliases)
            return self._known

    def _routes_of(self, model: str, known: _Known) -> Sequence[Route]:
        if (alias := known.aliases.get(model)) is not None:
            return alias.routes
        name, _, rest = model.partition("/")
        active = [one for one in known.providers.values() if one.is_active]
        if rest and (named := [one for one in active if one.name == name]):
            return [Route(named[0].id, rest)]  # listed or not: a list may be old, or leave some out
        if listing := [Route(one.id, model) for one in active if model in one.models]:
            # The same name elsewhere is no fallback that anybody has chosen, but better than a refusal.
            return [next((one for one in listing if not self._refusal(known.providers[one.provider_id])), listing[0])]
        raise self._unknown(model)

    def _target(self, known: _Known, asked: str, route: Route, format: WireFormat) -> Target:
        if route.provider_id == SCRIPTED_ID:
            return scripted_target(route.model)
        provider = known.providers.get(route.provider_id)
        if provider is None or not provider.is_active:
            name = provider.name if provider else "that it stands for"
            message = f"The model '{asked}' cannot be asked: the provider {name} is switched off."
            raise CallError(404, message, "provider_off", "model")
        if refusal := self._refusal(provider):
            raise CallError(403, f"The model '{asked}' is at {provider.name}. {refusal}", "zero_egress", "model")
        key = self._key_of(provider)
        target = target_of(provider, key, self._with_context(provider, key, route.model), format)
        if format not in target.formats:
            raise _not_spoken(provider, target, asked, format)
        return target

    def _refusal(self, provider: Provider) -> str | None:
        return self._egress.refusal_of_url(provider.base_url, provider.facts.is_local)

    def _key_of(self, provider: Provider) -> str | None:
        if provider.sealed_key is None:
            return None
        if (key := self._keys.get(provider.sealed_key)) is None:
            refuse_haste()
            try:
                key = self._vault.unseal(provider.sealed_key)
            except Unavailable as error:
                # 400, not 500: asking again does not help, and frameworks would.
                message = f"The key of the provider {provider.name} cannot be used. {error.message}"
                raise CallError(400, message, "key_unreadable") from error
            self._keys[provider.sealed_key] = key
        return key

    def _with_context(self, provider: Provider, key: str | None, model: str) -> str:
        tokens = provider.context_tokens
        if provider.kind is not ProviderKind.OLLAMA or not tokens:
            return model
        place = (provider.id, model, tokens)
        if place not in self._contexts:
            refuse_haste()
            try:
                self._contexts[place] = self._prober.make_context(provider, key, model, tokens)
            except Unavailable as error:
                raise CallError(400, error.message, "context_not_available", "model") from error
        return self._contexts[place]

    def _unknown(self, model: str) -> CallError:
        names = [one.name for one in self.offered()]
        shown = ", ".join(names[:_SHOWN_NAMES]) + (" and others" if len(names) > _SHOWN_NAMES else "")
        return CallError(404, f"There is no model '{model[:100]}'. There are: {shown}.", "model_not_found", "model")


def _names_in(alias: Alias, known: _Known) -> list[str]:
    found = [known.providers.get(route.provider_id) for route in alias.routes]
    return [one.name if one else SCRIPTED_ID for one in found]


def _not_spoken(provider: Provider, target: Target, asked: str, format: WireFormat) -> CallError:
    spoken = ", ".join(sorted(target.formats)) or "nothing"
    where = f"The model '{asked}' is at {provider.name}"
    message = f"{where}, which cannot be asked for {format.value}. It speaks: {spoken}."
    return CallError(400, message, "format_not_spoken", "model")
