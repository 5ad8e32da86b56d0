"""Asks a provider about itself: which models it has, and whether it answers."""

import asyncio
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchestra import __version__
from orchestra.domain.providers import Probed, Provider, ProviderKind
from orchestra.errors import Unavailable
from orchestra.gateway.egress import Ways
from orchestra.gateway.errors import CallError
from orchestra.gateway.targets import ANTHROPIC_VERSION, headers_of, target_of, with_context
from orchestra.gateway.trials import (
    call_of_trial,
    format_of_trial,
    is_answer,
    loaded_context,
    model_of_trial,
    models_in,
    refusal_in,
)

_TIMEOUT_SECONDS = 30.0
_LOAD_SECONDS = 120.0  # a model of one's own is read from the disk first
_MOST_BYTES = 16_000_000


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes


class Prober:
    """Blocks, so it is for threads. Never lets a key out, not in a provider's own words either."""

    def __init__(self, ways: Ways) -> None:
        self._ways = ways

    def models(self, provider: Provider, key: str | None) -> list[str] | None:
        """The models that the provider lists; None if it lists none. Unavailable, in its own words, if it refuses."""
        format = format_of_trial(provider)
        target = target_of(provider, key, "", format)
        base = provider.base_url.rstrip("/")
        url = (
            f"{base}/models" if not provider.api_version else f"{base}/openai/models?api-version={provider.api_version}"
        )
        answer = self._ask(provider, key, "GET", url, target.headers)
        if answer.status in {404, 405, 501}:
            return None
        if answer.status != 200:
            raise Unavailable(self._said(provider, key, answer))
        return models_in(answer.body)

    def test(self, provider: Provider, key: str | None, model: str | None) -> Probed:
        """How one cheap call goes; the sentence holds the provider's own words if it refuses. Never raises for that."""
        try:
            listed = self.models(provider, key)
        except Unavailable as error:
            return Probed(False, error.message)
        tested = model or model_of_trial(provider, listed)
        if tested is None:
            return Probed(False, f"{provider.name} lists no models. Name one to test it with.", models=listed)
        try:
            return self._try(provider, key, tested, listed)
        except Unavailable as error:
            return Probed(False, error.message, tested, models=listed)

    def make_context(self, provider: Provider, key: str | None, model: str, tokens: int) -> str:
        """Have Ollama keep the model with a context of so many tokens besides; its name there. Unavailable if not."""
        name = with_context(model, tokens)
        # `stream` false: one answer at the end. The weights are shared, so this costs a few hundred bytes.
        own = headers_of(provider, key, format_of_trial(provider))
        body = {"model": name, "from": model, "parameters": {"num_ctx": tokens}, "stream": False}
        answer = self._ask(provider, key, "POST", f"{_root_of(provider)}/api/create", own, body)
        if answer.status != 200 or not is_answer(answer.body):
            raise Unavailable(
                f"{self._said(provider, key, answer)} So {model} cannot be given a context of {tokens:,} tokens."
            )
        return name

    def _try(self, provider: Provider, key: str | None, model: str, listed: list[str] | None) -> Probed:
        asked, wanted = model, provider.context_tokens
        if provider.kind is ProviderKind.OLLAMA and wanted:
            asked = self.make_context(provider, key, model, wanted)
        format = format_of_trial(provider)
        path, body = call_of_trial(provider, asked, format)
        target = target_of(provider, key, asked, format)
        query = "".join(f"?{name}={value}" for name, value in target.query.items())
        began = time.monotonic()
        answer = self._ask(provider, key, "POST", f"{target.base_url}{path}{query}", target.headers, body)
        took = round((time.monotonic() - began) * 1000, 1)
        if answer.status != 200 or not is_answer(answer.body):
            return Probed(False, self._said(provider, key, answer), model, took, listed)
        context = self._context(provider, key, asked)
        if wanted and context and context < wanted:
            message = f"{provider.name} gives {model} a context of {context:,} tokens only, and not of {wanted:,}."
            return Probed(False, message, model, took, listed, context)
        return Probed(True, f"{model} answered within {took / 1000:.2f} seconds.", model, took, listed, context)

    def _context(self, provider: Provider, key: str | None, model: str) -> int | None:
        if provider.kind is not ProviderKind.OLLAMA:
            return None
        try:
            own = headers_of(provider, key, format_of_trial(provider))
            answer = self._ask(provider, key, "GET", f"{_root_of(provider)}/api/ps", own)
        except Unavailable:
            return None
        return loaded_context(answer.body, model)

    def _ask(
        self,
        provider: Provider,
        key: str | None,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Mapping[str, Any] | None = None,
    ) -> _Answer:
        """Unavailable, with a sentence, if there is no answer at all."""
        seconds = _LOAD_SECONDS if provider.facts.is_local and body else _TIMEOUT_SECONDS
        try:
            return asyncio.run(asyncio.wait_for(self._send(provider, method, url, headers, body), seconds))
        except TimeoutError as error:
            raise Unavailable(f"{provider.name} did not answer within {seconds:g} seconds.") from error
        except CallError as error:
            raise Unavailable(error.message) from error
        except Exception as error:  # whatever a network does to us
            words = _without(key, _words_of(error))[:200] or type(error).__name__
            raise Unavailable(f"{provider.name} could not be reached at {provider.base_url}: {words}.") from error

    async def _send(
        self, provider: Provider, method: str, url: str, headers: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> _Answer:
        from httpcore2 import AsyncConnectionPool

        sent = {"User-Agent": f"AgentOrchestra/{__version__}", "Accept": "application/json", **headers}
        if provider.kind is ProviderKind.ANTHROPIC:
            sent["anthropic-version"] = ANTHROPIC_VERSION
        content = None if body is None else json.dumps(body).encode()
        if content is not None:
            sent["Content-Type"] = "application/json"
        received, way = b"", self._ways(provider.facts.is_local)
        async with (
            AsyncConnectionPool(network_backend=way.backend, proxy=way.proxy) as pool,
            pool.stream(method, url, headers=list(sent.items()), content=content) as response,
        ):
            async for piece in response.aiter_stream():
                received += piece
                if len(received) > _MOST_BYTES:
                    raise OverflowError(f"the answer is larger than {_MOST_BYTES:,} bytes")
            return _Answer(response.status, received)

    def _said(self, provider: Provider, key: str | None, answer: _Answer) -> str:
        if answer.status == 200:
            return f"{provider.name} answered with something that is no answer of a model. Is the address right?"
        return f"{provider.name} says: {_without(key, refusal_in(answer.status, answer.body))}"


def _words_of(error: Exception) -> str:
    words = getattr(error, "strerror", None) or str(error)
    return re.sub(r"^\[Errno -?\d+\] ", "", " ".join(str(words).split())).rstrip(".")


def _root_of(provider: Provider) -> str:
    """Where Ollama's own addresses begin."""
    return provider.base_url.rstrip("/").removesuffix("/v1")


def _without(key: str | None, text: str) -> str:
    return text.replace(key, "…") if key else text
