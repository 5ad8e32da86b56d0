"""Makes models of the gateway for CAMEL, in place of any other that it is asked for."""

# CAMEL is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import functools
import os
import weakref
from collections.abc import Mapping
from typing import Any

import openai
from camel.models import ModelFactory, OpenAICompatibleModel
from camel.types import ModelType

from .replies import Reply
from .watch import Watch

_NO_LIMIT = 999_999_999  # tokens; CAMEL's own for models that it does not know, of which it would warn each time
_TRIES = 2  # again after what may pass; the gateway has tried more than once by itself
_CALL_SECONDS = 600.0
_OURS = ("stream", "stream_options")  # replies are streamed always
_OF_THE_REQUEST = (400, 413, 422)  # such a refusal is of one request, and CAMEL may do without it


class Gateway:
    """Makes the models of one run, which share their connections."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self._asynchronous: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()

    def model(self, name: str, options: Mapping[str, Any]) -> GatewayModel:
        """A model under this name."""
        return GatewayModel(name, options, self)

    @functools.cached_property
    def blocking(self) -> openai.OpenAI:
        """OpenAI's client for calls that block."""
        return openai.OpenAI(**self._settings(), http_client=openai.DefaultHttpxClient(verify=self._is_secure))

    @property
    def asynchronous(self) -> openai.AsyncOpenAI:
        """OpenAI's client for the event loop that runs; a project may have more than one."""
        loop = asyncio.get_running_loop()
        if loop not in self._asynchronous:
            http = openai.DefaultAsyncHttpxClient(verify=self._is_secure)
            self._asynchronous[loop] = openai.AsyncOpenAI(**self._settings(), http_client=http)
        return self._asynchronous[loop]

    @property
    def _is_secure(self) -> bool:
        """On this machine the gateway speaks without TLS, and reading all certificates takes longer than a call."""
        return not self.watch.context.gateway_url.startswith("http://")

    def _settings(self) -> dict[str, Any]:
        context = self.watch.context
        address = {"base_url": context.gateway_url, "api_key": context.gateway_key}
        return {**address, "timeout": _CALL_SECONDS, "max_retries": _TRIES}

    def take_all(self, model: str | None, options: Mapping[str, Any]) -> None:
        """From now on CAMEL gets models of the gateway only, under the names that it asks for, or all under `model`."""
        wanted = {key: value for key, value in options.items() if value is not None}

        def create(
            model_platform: Any, model_type: Any, model_config_dict: Mapping[str, Any] | None = None, *_: Any, **__: Any
        ) -> GatewayModel:
            name = model or str(getattr(model_type, "value", model_type))
            return self.model(name, {**(model_config_dict or {}), **wanted})

        ModelFactory.create = staticmethod(create)
        # For models that a project makes without the factory.
        url, key = self.watch.context.gateway_url, self.watch.context.gateway_key
        os.environ["OPENAI_API_BASE_URL"] = os.environ["OPENAI_COMPATIBILITY_API_BASE_URL"] = url
        os.environ["OPENAI_COMPATIBILITY_API_KEY"] = key


class GatewayModel(OpenAICompatibleModel):
    """A model at the gateway: its calls are steps, its words come live, and its refusals end the run."""

    def __init__(self, name: str, options: Mapping[str, Any], gateway: Gateway) -> None:
        self._watch = gateway.watch
        self._gateway = gateway
        chosen = {key: value for key, value in options.items() if value is not None and key not in _OURS}
        # Its own clients are the gateway's, below; with none given, it would make some.
        super().__init__(name, chosen, url=gateway.watch.context.gateway_url, client=_OURS, async_client=_OURS)

    @property
    def _client(self) -> openai.OpenAI:
        return self._gateway.blocking

    @_client.setter
    def _client(self, given: Any) -> None: ...

    @property
    def _async_client(self) -> openai.AsyncOpenAI:
        return self._gateway.asynchronous

    @_async_client.setter
    def _async_client(self, given: Any) -> None: ...

    @property
    def token_limit(self) -> int:
        """CAMEL's number for models that it knows, or else none; the agent's own limit goes before it."""
        known = {one.value for one in ModelType}
        name = str(self.model_type)
        return ModelType(name).token_limit if name in known else _NO_LIMIT

    def _run(self, messages: Any, response_format: Any = None, tools: Any = None) -> Any:
        self._watch.check()
        ask = super()._run
        with self._watch.context.step(str(self.model_type), type="llm"):
            try:
                return self._watch.waited_for(lambda: ask(messages, response_format, tools))
            except openai.APIError as error:
                self._judge(error)
                raise

    async def _arun(self, messages: Any, response_format: Any = None, tools: Any = None) -> Any:
        self._watch.check()
        with self._watch.context.step(str(self.model_type), type="llm"):
            try:
                return await super()._arun(messages, response_format, tools)
            except openai.APIError as error:
                self._judge(error)
                raise

    def _judge(self, error: openai.APIError) -> None:
        if self._watch.stop.is_set():  # the run's key dies as soon as it is to stop
            raise asyncio.CancelledError from None
        if getattr(error, "status_code", None) not in _OF_THE_REQUEST:
            self._watch.report(error)

    def _request_chat_completion(self, messages: Any, tools: Any = None) -> Any:
        reply = Reply()
        with self._client.chat.completions.create(**self._asked(messages, tools)) as pieces:
            for piece in pieces:
                self._watch.token(reply.add(piece))
        return reply.whole()

    async def _arequest_chat_completion(self, messages: Any, tools: Any = None) -> Any:
        reply = Reply()
        async with await self._async_client.chat.completions.create(**self._asked(messages, tools)) as pieces:
            async for piece in pieces:
                self._watch.token(reply.add(piece))
        return reply.whole()

    def _asked(self, messages: Any, tools: Any) -> dict[str, Any]:
        return {
            **self._prepare_request_config(tools),
            "messages": messages,
            "model": str(self.model_type),
            "stream": True,
            "stream_options": {"include_usage": True},
        }


def options_of(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """How the configuration wants models to reply."""
    return {key: configuration.get(key) for key in ("temperature", "max_tokens")}
