"""One call of a model: where it can be answered, and what is kept of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class WireFormat(StrEnum):
    """The shapes in which models are asked and answer."""

    CHAT = "chat"
    COMPLETIONS = "completions"
    RESPONSES = "responses"
    EMBEDDINGS = "embeddings"
    MESSAGES = "messages"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a call used; None where it is not known. `cached` and `cache_written` are parts of `input`,
    `reasoning` is a part of `output`."""

    input: int | None = None
    output: int | None = None
    cached: int | None = None
    cache_written: int | None = None
    reasoning: int | None = None
    estimated: bool = False
    """Counted by us, not said by the provider."""


@dataclass(frozen=True, slots=True)
class Target:
    """One place where a call can be answered."""

    provider_id: str
    provider_name: str
    kind: str
    """openai, anthropic, azure, ollama, scripted, …"""
    model: str
    """As the provider calls it."""
    base_url: str = ""
    """Up to what the format adds: https://api.openai.com/v1 answers at /chat/completions."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """What is sent besides, secrets included."""
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    formats: frozenset[WireFormat] = frozenset()
    is_local: bool = False
    timeout_seconds: float = 600
    """How long nothing at all may come."""
    retries: int = 2
    context_tokens: int | None = None
    """Asked for (Ollama's num_ctx) and checked."""


class CallStatus(StrEnum):
    """What became of a call."""

    COMPLETED = "completed"
    CUT = "cut"
    """The client left, the run ended, or the provider's stream broke."""
    FAILED = "failed"
    """The provider refused, or could not be reached."""
    REFUSED = "refused"
    """By us: budget, egress, unknown model."""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """Everything that is kept of one call."""

    id: str
    number: int
    """The execution's."""
    attempt: int
    format: WireFormat
    asked_model: str
    target: Target | None
    """Who answered last; None where no provider was asked."""
    status: CallStatus
    http_status: int
    """What the client was answered."""
    error: str | None
    tokens: Tokens
    started_at: datetime
    latency_ms: float
    first_token_ms: float | None
    request: bytes
    """The body as the client sent it."""
    reply: bytes
    """The body as it went to the client, a stream's with its chunks; may be cut at a limit."""
    streamed: bool
    finish_reason: str | None
    tool_calls: tuple[str, ...]
    """The names of the tools that the model called, in order."""
    truncated_prompt: bool
