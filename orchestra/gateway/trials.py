"""Words the cheap call that tests a provider, and reads what providers answer about themselves. Pure."""

import json
from collections.abc import Sequence
from typing import Any, cast

from orchestra.domain.model_calls import WireFormat
from orchestra.domain.providers import Provider, ProviderKind
from orchestra.domain.text import storable
from orchestra.gateway.targets import is_made_by_us, spoken_by

_MESSAGE_CHARACTERS = 400
_MOST_MODELS = 2_000
_MODEL_CHARACTERS = 200
_NO_TALKERS = (
    *("embed", "whisper", "tts", "moderation", "image", "dall-e", "audio", "realtime", "rerank", "guard", "sora"),
    *("transcribe", "veo", "imagen", "ocr", "search", "babbage", "davinci", "instruct-0914"),
)
_PROMPT = "Answer with the word ok."
_PATHS = {
    WireFormat.CHAT: "/chat/completions",
    WireFormat.MESSAGES: "/messages",
    WireFormat.RESPONSES: "/responses",
    WireFormat.COMPLETIONS: "/completions",
    WireFormat.EMBEDDINGS: "/embeddings",
}


def format_of_trial(provider: Provider) -> WireFormat:
    """In which format a provider is tested: the one that is most its own."""
    spoken = spoken_by(provider)
    if provider.kind is ProviderKind.ANTHROPIC and WireFormat.MESSAGES in spoken:
        return WireFormat.MESSAGES
    return next(format for format in _PATHS if format in spoken)


def call_of_trial(provider: Provider, model: str, format: WireFormat) -> tuple[str, dict[str, Any]]:
    """Path and body of one cheap call."""
    messages = [{"role": "user", "content": _PROMPT}]
    # These two refuse max_tokens for newer models, and some of those think before they say a word.
    thinks = provider.kind in {ProviderKind.OPENAI, ProviderKind.AZURE}
    most = {"max_completion_tokens": 512} if thinks else {"max_tokens": 16}
    bodies: dict[WireFormat, dict[str, Any]] = {
        WireFormat.CHAT: {"messages": messages, **most},
        WireFormat.MESSAGES: {"messages": messages, "max_tokens": 16},
        WireFormat.RESPONSES: {"input": _PROMPT, "max_output_tokens": 512},
        WireFormat.COMPLETIONS: {"prompt": _PROMPT, "max_tokens": 16},
        WireFormat.EMBEDDINGS: {"input": "ok"},
    }
    return _PATHS[format], {"model": model, **bodies[format]}


def model_of_trial(provider: Provider, listed: Sequence[str] | None) -> str | None:
    """The model to test with if nobody names one: a cheap one if it is known, else one that seems to talk."""
    cheap = provider.facts.cheap
    if not listed:
        return cheap[0] if cheap else None
    if known := [model for model in cheap if model in listed]:
        return known[0]
    talkers = [model for model in listed if not any(word in model.lower() for word in _NO_TALKERS)]
    return (talkers or listed)[0]


def models_in(body: bytes) -> list[str] | None:
    """The ids in a provider's list of models; None if it is none."""
    answer = _parsed(body)
    items = cast(dict[str, Any], answer).get("data", answer.get("models")) if isinstance(answer, dict) else answer
    if not isinstance(items, list):
        return None
    # Google puts models/ before each, and answers to the name without it too.
    ids = [_id_of(item).removeprefix("models/") for item in cast(list[Any], items)]
    usable = [one for one in ids if 0 < len(one) <= _MODEL_CHARACTERS and one.isprintable() and not is_made_by_us(one)]
    return list(dict.fromkeys(usable))[:_MOST_MODELS]


def refusal_in(status: int, body: bytes) -> str:
    """What a provider said instead of an answer, in its own words as far as they can be found."""
    answer = _parsed(body)
    if isinstance(answer, list) and answer:  # Google's
        answer = cast(list[Any], answer)[0]
    said = _words_in(answer) or body[: _MESSAGE_CHARACTERS * 4].decode("utf-8", "replace")
    words = " ".join(storable(said).split())[:_MESSAGE_CHARACTERS]
    return f"{status} {words}".strip()


def is_answer(body: bytes) -> bool:
    """Whether a body of status 200 is an answer of a model: an object that tells of no error."""
    answer = _parsed(body)
    return isinstance(answer, dict) and not cast(dict[str, Any], answer).get("error")


def loaded_context(body: bytes, model: str) -> int | None:
    """The context with which Ollama has loaded a model, from what /api/ps tells; None if it does not."""
    answer = _parsed(body)
    models: Any = cast(dict[str, Any], answer).get("models") if isinstance(answer, dict) else None
    for one in cast(list[Any], models) if isinstance(models, list) else []:
        fields = cast(dict[str, Any], one) if isinstance(one, dict) else {}
        if model in {fields.get("name"), fields.get("model")} and isinstance(fields.get("context_length"), int):
            return fields["context_length"]
    return None


def _id_of(item: object) -> str:
    fields = cast(dict[str, Any], item) if isinstance(item, dict) else {}
    found = fields.get("id", fields.get("name"))
    return found if isinstance(found, str) else ""


def _words_in(answer: object) -> str | None:
    if isinstance(answer, str):
        return answer
    if not isinstance(answer, dict):
        return None
    fields = cast(dict[str, Any], answer)
    for name in ("error", "message", "detail"):
        if words := _words_in(fields.get(name)):
            return words
    return None


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
