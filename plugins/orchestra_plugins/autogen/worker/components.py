"""Loads a component of a user's: its models are the gateway's, and what in it is code needs a person's yes."""

# AutoGen is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from autogen_agentchat.agents import UserProxyAgent
from autogen_core import ComponentLoader

from .models import INFO, PROVIDER
from .teams import asking

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_KEPT = ("temperature", "max_tokens", "top_p", "seed", "frequency_penalty", "presence_penalty", "stop")
_OWN = ("autogen_agentchat.", "autogen_core.", "autogen_ext.")
_MOST_DEPTH = 60


async def loaded(component: Mapping[str, Any], context: Context) -> Any:
    """The team or agent; ValueError and its like, in AutoGen's words, if it cannot be loaded."""
    wanted = "\n\n".join(risks_of(component))
    if wanted and not await context.approve(
        "May this component be loaded? It brings code, or starts programs:", wanted
    ):
        context.fail("The component was not allowed to be loaded.", failure="configuration")
    found: Any = ComponentLoader.load_component(with_gateway(component, context))
    if not hasattr(found, "run_stream"):
        raise ValueError(f"{type(found).__name__} is neither a team nor an agent.")
    _give_voice(found, context)
    return found


def risks_of(value: Any, depth: int = 0) -> Iterator[str]:
    """All in a component that would run code which is not AutoGen's own, whole."""
    if depth > _MOST_DEPTH:
        raise ValueError("it is nested too deeply.")
    if isinstance(value, list):
        for inner in value:
            yield from risks_of(inner, depth + 1)
    if isinstance(value, dict):
        yield from _risks_at(value)
        for inner in value.values():
            yield from risks_of(inner, depth + 1)


def _risks_at(part: Mapping[str, Any]) -> Iterator[str]:
    provider = part.get("provider")
    if isinstance(provider, str):
        if "code_executor" in provider:
            yield f"Executes what agents write: {json.dumps(part, sort_keys=True)}"
        elif "." in provider and not provider.startswith(_OWN):
            yield f"Is no component of AutoGen's own: {provider}"
    if "source_code" in part:
        names = json.dumps(part.get("global_imports", []))
        yield f"Brings source code (imports {names}):\n{part['source_code']}"
    if part.get("command") and isinstance(part.get("args", []), list):
        command = shlex.join([str(part["command"]), *map(str, part.get("args", ()))])
        yield f"Starts a program: {command}" + (f" with {json.dumps(part['env'])}" if part.get("env") else "")


def with_gateway(value: Any, context: Context) -> Any:
    """The component with every model client changed into one of the gateway's, for the same model."""
    if isinstance(value, list):
        return [with_gateway(inner, context) for inner in value]
    if not isinstance(value, Mapping):
        return value
    if value.get("component_type") == "model" or str(value.get("provider", "")).endswith("ChatCompletionClient"):
        return _model(value, context)
    return {key: with_gateway(inner, context) for key, inner in value.items()}


def _model(value: Mapping[str, Any], context: Context) -> dict[str, Any]:
    given = value.get("config")
    config: Mapping[str, Any] = given if isinstance(given, dict) else {}
    name = config.get("model") or config.get("azure_deployment")
    if not name:
        raise ValueError("one of its model clients names no model.")
    known = config.get("model_info")
    return {
        "provider": PROVIDER,
        "component_type": "model",
        "version": 1,
        "component_version": 1,
        "config": {
            **{key: config[key] for key in _KEPT if config.get(key) is not None},
            "model": name,
            "base_url": context.gateway_url,
            "api_key": context.gateway_key,
            "model_info": {**INFO, **(known if isinstance(known, dict) else {})},
        },
    }


def _give_voice(found: Any, context: Context) -> None:
    """People in it are asked as everywhere here, and not at a terminal that nobody sees."""
    if isinstance(found, UserProxyAgent):
        found.input_func = asking(context)
    for one in getattr(found, "_participants", ()):
        _give_voice(one, context)
