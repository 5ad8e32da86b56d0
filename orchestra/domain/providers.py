"""Who answers model calls: providers, and the names that stand for their models."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from orchestra.domain.model_calls import WireFormat

NAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}$"
ALIAS_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,99}$"
SCRIPTED_ID = "scripted"
"""Stands for the built-in provider, which answers from scripts and is not stored."""

_CHAT, _OLD, _RESPONSES, _EMBEDDINGS, _MESSAGES = (
    WireFormat.CHAT,
    WireFormat.COMPLETIONS,
    WireFormat.RESPONSES,
    WireFormat.EMBEDDINGS,
    WireFormat.MESSAGES,
)
_OPENAI = frozenset({_CHAT, _OLD, _RESPONSES, _EMBEDDINGS})


class ProviderKind(StrEnum):
    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    GOOGLE = "google"
    MISTRAL = "mistral"
    DEEPSEEK = "deepseek"
    GROQ = "groq"
    OPENROUTER = "openrouter"
    TOGETHER = "together"
    AZURE = "azure"
    OLLAMA = "ollama"
    LMSTUDIO = "lmstudio"
    VLLM = "vllm"
    LOCAL = "local"
    COMPATIBLE = "compatible"


@dataclass(frozen=True, slots=True)
class KindFacts:
    """What is usual for a kind. `is_local`: run by its user, near, free of charge; `cheap` are models to test with."""

    title: str
    base_url: str
    formats: frozenset[WireFormat]
    needs_key: bool = True
    is_local: bool = False
    cheap: Sequence[str] = ()
    hint: str = ""


KINDS: Mapping[ProviderKind, KindFacts] = {
    ProviderKind.OPENAI: KindFacts(
        "OpenAI", "https://api.openai.com/v1", _OPENAI, cheap=("gpt-4.1-nano", "gpt-5-nano", "gpt-4o-mini")
    ),
    ProviderKind.ANTHROPIC: KindFacts(
        "Anthropic",
        "https://api.anthropic.com/v1",
        frozenset({_MESSAGES, _CHAT}),
        cheap=("claude-haiku-4-5", "claude-3-5-haiku-latest"),
    ),
    ProviderKind.GOOGLE: KindFacts(
        "Google Gemini",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        frozenset({_CHAT, _EMBEDDINGS}),
        cheap=("gemini-2.5-flash-lite", "gemini-2.0-flash-lite"),
    ),
    ProviderKind.MISTRAL: KindFacts(
        "Mistral", "https://api.mistral.ai/v1", frozenset({_CHAT, _EMBEDDINGS}), cheap=("ministral-3b-latest",)
    ),
    ProviderKind.DEEPSEEK: KindFacts(
        "DeepSeek", "https://api.deepseek.com/v1", frozenset({_CHAT}), cheap=("deepseek-chat",)
    ),
    ProviderKind.GROQ: KindFacts(
        "Groq", "https://api.groq.com/openai/v1", frozenset({_CHAT, _RESPONSES}), cheap=("llama-3.1-8b-instant",)
    ),
    ProviderKind.OPENROUTER: KindFacts(
        "OpenRouter", "https://openrouter.ai/api/v1", _OPENAI | {_MESSAGES}, cheap=("openai/gpt-4.1-nano",)
    ),
    ProviderKind.TOGETHER: KindFacts(
        "Together",
        "https://api.together.xyz/v1",
        frozenset({_CHAT, _OLD, _EMBEDDINGS}),
        cheap=("meta-llama/Llama-3.2-3B-Instruct-Turbo",),
    ),
    ProviderKind.AZURE: KindFacts(
        "Azure OpenAI",
        "",
        _OPENAI,
        hint="https://NAME.openai.azure.com/openai/v1; with an API version, without the /openai/v1.",
    ),
    ProviderKind.OLLAMA: KindFacts(
        "Ollama", "http://127.0.0.1:11434/v1", _OPENAI | {_MESSAGES}, needs_key=False, is_local=True
    ),
    ProviderKind.LMSTUDIO: KindFacts(
        "LM Studio", "http://127.0.0.1:1234/v1", _OPENAI | {_MESSAGES}, needs_key=False, is_local=True
    ),
    ProviderKind.VLLM: KindFacts("vLLM", "http://127.0.0.1:8000/v1", _OPENAI, needs_key=False, is_local=True),
    ProviderKind.LOCAL: KindFacts(
        "OpenAI-compatible, on this machine or near", "", _OPENAI, needs_key=False, is_local=True
    ),
    ProviderKind.COMPATIBLE: KindFacts("OpenAI-compatible, elsewhere", "", _OPENAI, needs_key=False),
}


@dataclass(frozen=True, slots=True)
class Provider:
    """One account or server; `sealed_key` is encrypted, `key_hint` its last characters.

    `models` are those that it listed at `listed_at`, and those that were added by hand. `formats` is None for what is
    usual. `api_version` is Azure's: with one, each model is a deployment with an address of its own.
    """

    id: str
    name: str
    kind: ProviderKind
    base_url: str
    created_at: datetime
    updated_at: datetime
    sealed_key: str | None = field(default=None, repr=False)
    key_hint: str | None = None
    formats: frozenset[WireFormat] | None = None
    api_version: str | None = None
    timeout_seconds: float = 600
    retries: int = 2
    context_tokens: int | None = None
    is_active: bool = True
    models: Sequence[str] = ()
    listed_at: datetime | None = None

    @property
    def facts(self) -> KindFacts:
        return KINDS[self.kind]

    @property
    def spoken(self) -> frozenset[WireFormat]:
        """The formats in which it can be asked."""
        return self.facts.formats if self.formats is None else self.formats


@dataclass(frozen=True, slots=True)
class Route:
    """A model of a provider."""

    provider_id: str
    model: str


@dataclass(frozen=True, slots=True)
class Alias:
    """A name that stands for the first of its routes, and for the others while that does not answer."""

    name: str
    routes: Sequence[Route]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class OfferedModel:
    """A name that agents can ask for, and who answers to it, the first choice first."""

    name: str
    kind: str
    """alias, model or scripted."""
    providers: Sequence[str]


@dataclass(frozen=True, slots=True)
class Probed:
    """How a provider answered one cheap call; `message` is a sentence, with the provider's own words if it refused."""

    is_ok: bool
    message: str
    model: str | None = None
    latency_ms: float | None = None
    models: Sequence[str] | None = None
    """None if it does not list them."""
    context_tokens: int | None = None
    """The context that it really gives, where it tells."""


@dataclass(frozen=True, slots=True)
class ProviderChanged:
    """A provider or an alias was made, changed or deleted."""


def offered_name(provider: Provider, model: str) -> str:
    """The name by which a model of one provider is asked for, whoever else has a model of that name."""
    return f"{provider.name}/{model}"


def hint_of(key: str) -> str:
    """What of a key may be shown, so that it can be told from others: its last four characters, if it is long."""
    return f"…{key[-4:]}" if len(key) >= 16 else "…"


def is_name(text: str) -> bool:
    return re.fullmatch(NAME_PATTERN, text) is not None


def is_alias_name(text: str) -> bool:
    return re.fullmatch(ALIAS_PATTERN, text) is not None
