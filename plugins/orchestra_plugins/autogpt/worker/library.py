"""Imports AutoGPT in a run's folder, with the run's settings, and puts our parts in place of those that mislead."""

# AutoGPT is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

import dotenv

from .calls import Calls
from .standins import install

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context


@dataclass(frozen=True)
class AutoGPT:
    """Its modules, as far as a run needs them by name."""

    agent: ModuleType
    app: ModuleType
    chat: ModuleType
    ai_config: ModuleType
    commands: ModuleType
    memory: ModuleType
    workspace: ModuleType
    settings: Any


def loaded(
    configuration: Mapping[str, Any], context: Context, calls: Calls, tell_thoughts: Callable[[Any, Any], None]
) -> AutoGPT:
    """AutoGPT, once for each process: it takes the working folder for its own and keeps its settings in modules."""
    dotenv.load_dotenv = lambda *_, **__: False  # it would read the .env of whatever folder is above
    install(context, tell_thoughts)
    settings = _settled(importlib.import_module("autogpt.config").Config(), configuration)
    vars(importlib.import_module("autogpt.llm_utils")).update(
        create_chat_completion=calls.chat, create_embedding_with_ada=calls.embedding
    )
    memory = importlib.import_module("autogpt.memory")
    _hush(importlib.import_module("autogpt.memory.local"))
    _guard(importlib.import_module("autogpt.commands.web_requests"), context)
    agent = importlib.import_module("autogpt.agent.agent")
    _hush(agent)
    vars(agent)["validate_json"] = lambda reply, _: reply  # the schema that it wants is not in the package
    return AutoGPT(
        agent=agent,
        app=importlib.import_module("autogpt.app"),
        chat=importlib.import_module("autogpt.chat"),
        ai_config=importlib.import_module("autogpt.config.ai_config"),
        commands=importlib.import_module("autogpt.commands.command"),
        memory=memory,
        workspace=importlib.import_module("autogpt.workspace"),
        settings=settings,
    )


def _settled(settings: Any, configuration: Mapping[str, Any]) -> Any:
    settings.fast_llm_model = configuration["fast_llm_model"]
    settings.smart_llm_model = configuration.get("smart_llm_model") or configuration["fast_llm_model"]
    settings.fast_token_limit = int(configuration["fast_token_limit"])
    settings.continuous_mode = bool(configuration["continuous_mode"])
    settings.continuous_limit = int(configuration["continuous_limit"])
    settings.memory_backend = configuration["memory_backend"]
    settings.restrict_to_workspace = True
    settings.use_azure = settings.speak_mode = settings.debug_mode = settings.allow_downloads = False
    return settings


def _hush(module: ModuleType) -> None:
    """What it prints is for who sits before a console; people here see events."""
    vars(module)["print"] = lambda *_, **__: None


def _guard(pages: ModuleType, context: Context) -> None:
    """Pages are got by the tool that never reaches into the network that this machine is in."""
    (fetch,) = context.tools(["fetch"])

    def get_response(url: str, timeout: int = 10) -> tuple[Any, str | None]:
        text = fetch(str(url))
        return (None, text) if text.startswith("Error:") else (_Page(text), None)

    vars(pages)["get_response"] = get_response


@dataclass(frozen=True)
class _Page:
    text: str
