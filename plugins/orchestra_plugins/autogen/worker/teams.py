"""Makes the agents and the team that a configuration describes."""

# AutoGen is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autogen_agentchat.agents import AssistantAgent, UserProxyAgent
from autogen_agentchat.conditions import (
    ExternalTermination,
    MaxMessageTermination,
    TextMentionTermination,
    TokenUsageTermination,
)
from autogen_agentchat.teams import (
    DiGraphBuilder,
    GraphFlow,
    MagenticOneGroupChat,
    RoundRobinGroupChat,
    SelectorGroupChat,
    Swarm,
)
from autogen_core.tools import FunctionTool

from .models import client_of

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context


async def made_of(
    configuration: Mapping[str, Any], context: Context, stop: ExternalTermination, stack: contextlib.AsyncExitStack
) -> Any:
    """The agent or team; what it needs is open for as long as the stack is. ValueError says what cannot be made."""
    shared: list[Any] = []
    if servers := configuration.get("mcp_servers"):
        from .mcp import tools_of

        shared = await tools_of(servers, context, stack)
    agents = [_agent(one, configuration, context, shared) for one in configuration["agents"]]
    kind = configuration.get("team", "AssistantAgent")
    if kind != "AssistantAgent":
        return _TEAMS[kind](agents, configuration, context, _termination(configuration, stop))
    if len(agents) > 1:
        raise ValueError("there are several agents; choose a team for them.")
    return agents[0]


def asking(context: Context) -> Callable[..., Any]:
    """What a UserProxyAgent gets a person's words by."""

    async def ask(prompt: str, token: Any = None) -> str:
        return str(await context.ask_async(prompt.strip() or "It is your turn."))

    return ask


def _agent(one: Mapping[str, Any], configuration: Mapping[str, Any], context: Context, shared: list[Any]) -> Any:
    if one["type"] == "UserProxyAgent":
        return UserProxyAgent(one["name"], description=one.get("description", "A person."), input_func=asking(context))
    names = [*one.get("tools", ()), *one.get("functions", ())]
    tools = [*map(_tool, context.tools(names, configuration.get("project", ""))), *shared]
    return AssistantAgent(
        one["name"],
        client_of(one.get("model") or configuration["model"], configuration, context),
        description=one.get("description") or one["name"],
        system_message=one.get("system_message") or None,
        tools=tools or None,
        handoffs=list(one.get("handoffs", ())) or None,
        max_tool_iterations=int(one.get("max_tool_iterations", 10)),
        reflect_on_tool_use=bool(tools) and bool(one.get("reflect_on_tool_use", True)),
        model_client_stream=True,
    )


def _tool(function: Any) -> Any:
    if not inspect.isroutine(function):
        return function  # a tool of AutoGen's already
    described = inspect.getdoc(function)
    if not described:
        raise ValueError(f"the function '{function.__name__}' needs a docstring: models read it.")
    return FunctionTool(function, description=described, name=function.__name__)


def _termination(configuration: Mapping[str, Any], stop: ExternalTermination) -> Any:
    condition = stop | MaxMessageTermination(int(configuration.get("max_messages", 50)))
    if text := configuration.get("termination_text"):
        condition = condition | TextMentionTermination(text, sources=_speakers(configuration))
    if tokens := configuration.get("max_tokens_in_all"):
        condition = condition | TokenUsageTermination(max_total_token=int(tokens))
    return condition


def _speakers(configuration: Mapping[str, Any]) -> list[str]:
    """Everybody but the task, which may well name the text that the team is to end with."""
    return [one["name"] for one in configuration["agents"]]


def _round_robin(agents: Sequence[Any], configuration: Mapping[str, Any], context: Context, condition: Any) -> Any:
    return RoundRobinGroupChat(list(agents), termination_condition=condition, emit_team_events=True)


def _selector(agents: Sequence[Any], configuration: Mapping[str, Any], context: Context, condition: Any) -> Any:
    prompt = configuration.get("selector_prompt")
    return SelectorGroupChat(
        list(agents),
        client_of(configuration["model"], configuration, context),
        termination_condition=condition,
        allow_repeated_speaker=bool(configuration.get("allow_repeated_speaker")),
        emit_team_events=True,
        **({"selector_prompt": prompt} if prompt else {}),
    )


def _swarm(agents: Sequence[Any], configuration: Mapping[str, Any], context: Context, condition: Any) -> Any:
    return Swarm(list(agents), termination_condition=condition, emit_team_events=True)


def _graph(agents: Sequence[Any], configuration: Mapping[str, Any], context: Context, condition: Any) -> Any:
    builder, known = DiGraphBuilder(), {one.name for one in agents}
    for agent in agents:
        builder.add_node(agent)
    for edge in configuration.get("edges", ()):
        if missing := {edge["source"], edge["target"]} - known:
            raise ValueError(f"an edge names '{min(missing)}', who is not among the agents.")
        builder.add_edge(edge["source"], edge["target"], condition=edge.get("condition") or None)
    if any(edge["target"] == agents[0].name for edge in configuration.get("edges", ())):
        builder.set_entry_point(agents[0])  # who is sent back to cannot be told by having nobody before them
    return GraphFlow(list(agents), builder.build(), termination_condition=condition)


def _magentic(agents: Sequence[Any], configuration: Mapping[str, Any], context: Context, condition: Any) -> Any:
    return MagenticOneGroupChat(
        list(agents),
        client_of(configuration["model"], configuration, context),
        termination_condition=condition,
        max_turns=None,
        max_stalls=int(configuration.get("max_stalls", 3)),
        emit_team_events=True,
    )


_TEAMS: Mapping[str, Callable[..., Any]] = {
    "RoundRobinGroupChat": _round_robin,
    "SelectorGroupChat": _selector,
    "Swarm": _swarm,
    "GraphFlow": _graph,
    "MagenticOneGroupChat": _magentic,
}
