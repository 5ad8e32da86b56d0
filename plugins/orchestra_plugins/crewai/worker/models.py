"""Sends every model that CrewAI asks to the gateway, also those that a project's code names."""

# CrewAI is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crewai.llm import LLM, PROVIDER_ALIASES
from crewai.llms.providers.openai.completion import OpenAICompletion

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_OURS = frozenset({"api_key", "base_url", "api_base", "custom_openai", "max_retries", "client_params", "provider"})
_SETTINGS = frozenset(OpenAICompletion.model_fields) - _OURS


def take_over(context: Context, instead: str | None) -> None:
    """From now on, `LLM(…)` is a model of the gateway, by the name that it was given, or by `instead` for all of them.

    A class of a provider that code makes itself asks the gateway, too, if it speaks OpenAI's protocol.
    """

    def make(cls: type, model: str, is_litellm: bool = False, **given: Any) -> Any:
        return _completion(instead or name_at_gateway(model), context, given)

    params_of = OpenAICompletion._get_client_params  # pyright: ignore[reportPrivateUsage]

    def to_gateway(self: Any) -> dict[str, Any]:
        self.api_key = context.gateway_key
        return {**params_of(self), **_door(context), "max_retries": 0}  # the gateway tries again, and says when not to

    LLM.__new__ = make
    OpenAICompletion._get_client_params = to_gateway  # pyright: ignore[reportPrivateUsage]


def name_at_gateway(model: str) -> str:
    """The model's own name, without the provider that CrewAI would have asked: `openai/gpt-5` is `gpt-5`."""
    prefix, slash, rest = model.strip().partition("/")
    return rest if slash and rest and prefix.lower() in PROVIDER_ALIASES else model.strip()


def llm_of(name: str, configuration: Mapping[str, Any], context: Context) -> Any:
    """One model object, for one agent: CrewAI counts tokens by object, and would count those of a shared one twice."""
    chosen = {key: configuration[key] for key in ("temperature", "max_tokens") if configuration.get(key) is not None}
    return _completion(name, context, chosen)


def _completion(name: str, context: Context, given: Mapping[str, Any]) -> OpenAICompletion:
    settings = {key: value for key, value in given.items() if key in _SETTINGS}
    return OpenAICompletion(model=name, custom_openai=True, **{"stream": True, **settings}, **_door(context))


def _door(context: Context) -> dict[str, str]:
    return {"base_url": context.gateway_url, "api_key": context.gateway_key}
