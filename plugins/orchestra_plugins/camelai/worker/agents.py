"""Makes a ChatAgent of its configuration, with its tools."""

# CAMEL is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from camel.agents import ChatAgent
from camel.messages import BaseMessage
from camel.terminators import ResponseWordsTerminator
from camel.toolkits import FunctionTool, HumanToolkit

from .models import Gateway, GatewayModel, options_of

_HELPFUL = "You are a helpful assistant."  # some providers take no empty system message


class Maker:
    """Makes the parts of one run: `model` and `tools` give what others put together, `agent` a whole ChatAgent."""

    def __init__(self, configuration: Mapping[str, Any], gateway: Gateway, shared: Sequence[Any]) -> None:
        self.configuration = configuration
        self.watch = gateway.watch
        self._gateway = gateway
        self._shared = shared  # the tools of MCP servers

    def model(self, name: str | None = None) -> GatewayModel:
        """A model of the gateway, by default the configuration's."""
        return self._gateway.model(name or self.configuration["model"], options_of(self.configuration))

    def tools(self, one: Mapping[str, Any]) -> list[Any] | None:
        """The tools of one agent, as CAMEL has them; ValueError says which cannot be used."""
        names = [*one.get("tools", ()), *one.get("functions", ())]
        found = self.watch.context.tools(names, self.configuration.get("project", ""))
        people = HumanToolkit().get_tools() if one.get("human_toolkit") else []
        return [*map(_tool, found), *people, *self._shared] or None

    def agent(self, one: Mapping[str, Any], name: str, id: str | None = None) -> ChatAgent:
        """A ChatAgent that speaks under this name; its id is what a coordinator assigns to."""
        words = one.get("response_words") or ()
        return ChatAgent(
            BaseMessage.make_assistant_message(role_name=name, content=one.get("system_message") or _HELPFUL),
            model=self.model(one.get("model")),
            tools=self.tools(one),
            message_window_size=one.get("message_window_size"),
            token_limit=one.get("token_limit"),
            output_language=self.configuration.get("output_language") or None,
            response_terminators=[ResponseWordsTerminator(dict.fromkeys(words, 1))] if words else None,
            max_iteration=one.get("max_iteration"),
            stop_event=self.watch.stop,
            agent_id=id,
            **PATIENT,
        )


# How long an agent and its tools may take is what the limits of its run say, and people take their time.
PATIENT: dict[str, Any] = {"tool_execution_timeout": None, "step_timeout": None, "stream_accumulate": False}


def _tool(function: Any) -> FunctionTool:
    if isinstance(function, FunctionTool):
        return function
    if not inspect.getdoc(function):
        raise ValueError(f"The function '{getattr(function, '__name__', function)}' needs a docstring: models read it.")
    return FunctionTool(function)
