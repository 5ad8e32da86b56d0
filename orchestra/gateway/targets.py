"""Words a provider and a model as a target: the address, and the headers in which each kind wants its key."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from orchestra.domain.model_calls import Target, WireFormat
from orchestra.domain.providers import SCRIPTED_ID, Provider, ProviderKind

ALL_FORMATS = frozenset(WireFormat)
ANTHROPIC_VERSION = "2023-06-01"  # the only one that there has been since
_CONTEXT = re.compile(r"-ctx[1-9]\d*$")


def target_of(provider: Provider, key: str | None, model: str, format: WireFormat) -> Target:
    """Where the model is asked in that format, with the key, which is not encrypted any more."""
    return Target(
        provider_id=provider.id,
        provider_name=provider.name,
        kind=provider.kind.value,
        model=model,
        base_url=base_of(provider, model),
        headers=headers_of(provider, key, format),
        query={"api-version": provider.api_version} if provider.api_version else {},
        formats=spoken_by(provider),
        is_local=provider.facts.is_local,
        timeout_seconds=provider.timeout_seconds,
        retries=provider.retries,
        context_tokens=provider.context_tokens,
    )


def scripted_target(model: str) -> Target:
    """Where a scripted model answers: here, and never again in another way, so that asking again is no use."""
    return Target(SCRIPTED_ID, SCRIPTED_ID, SCRIPTED_ID, model, formats=ALL_FORMATS, is_local=True, retries=0)


def base_of(provider: Provider, model: str) -> str:
    """The address up to what the format adds; Azure's older one names the model itself."""
    base = provider.base_url.rstrip("/")
    if provider.kind is ProviderKind.AZURE and provider.api_version:
        return f"{base}/openai/deployments/{quote(model, safe='')}"
    return base


def headers_of(provider: Provider, key: str | None, format: WireFormat) -> Mapping[str, str]:
    """What tells the provider who pays; nothing without a key."""
    if not key:
        return {}
    if provider.kind is ProviderKind.AZURE:
        return {"api-key": key}
    if format is WireFormat.MESSAGES and provider.kind is ProviderKind.ANTHROPIC:
        return {"x-api-key": key, "anthropic-version": ANTHROPIC_VERSION}
    return {"Authorization": f"Bearer {key}"}


def spoken_by(provider: Provider) -> frozenset[WireFormat]:
    """The formats in which the provider can be asked at the addresses that we make."""
    dated = provider.kind is ProviderKind.AZURE and provider.api_version
    return provider.spoken - {WireFormat.RESPONSES} if dated else provider.spoken


def with_context(model: str, tokens: int) -> str:
    """What we call an Ollama model that has a context of so many tokens.

    Its OpenAI-compatible addresses take no context in a request: it must stand in the model.
    """
    name = model if ":" in model.rpartition("/")[2] else f"{model}:latest"
    return f"{name}-ctx{tokens}"


def is_made_by_us(model: str) -> bool:
    """Whether a model is one of those that `with_context` names."""
    return _CONTEXT.search(model) is not None
