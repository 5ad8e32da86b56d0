"""Makes clients of the gateway's models."""

# AutoGen is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from autogen_ext.models.openai import OpenAIChatCompletionClient
from openai import DefaultAsyncHttpxClient

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

PROVIDER = "autogen_ext.models.openai.OpenAIChatCompletionClient"
# What AutoGen must be told of a model whose name it does not know; the gateway says no where a model cannot.
INFO = {
    "vision": False,
    "function_calling": True,
    "json_output": True,
    "family": "unknown",
    "structured_output": True,
}


def client_of(name: str, configuration: Mapping[str, Any], context: Context) -> Any:
    """A client for a model's name, with the configuration's temperature and length of replies."""
    chosen = {key: configuration[key] for key in ("temperature", "max_tokens") if configuration.get(key) is not None}
    # On this machine the gateway speaks without TLS, and reading all certificates takes longer than a call.
    http = DefaultAsyncHttpxClient(verify=not context.gateway_url.startswith("http://"))
    address: dict[str, Any] = {"base_url": context.gateway_url, "api_key": context.gateway_key, "http_client": http}
    return OpenAIChatCompletionClient(model=name, model_info=dict(INFO), **address, **chosen)
