"""The plainest agent of each of the living frameworks, as its config schema has it."""

from collections.abc import Mapping, Sequence
from typing import Any

LIVING = ("autogen", "camelai", "crewai", "langgraph")
_MOST_ROUNDS = 100


def one_agent(framework: str, model: str, tools: Sequence[str] = (), task: str = "Do it.") -> dict[str, Any]:
    """A configuration: one agent with these built-in tools, which thinks with the model and has the task."""
    made = _CONFIGURATIONS[framework](list(tools), task)
    return {"model": model, **made}


def _langgraph(tools: list[str], task: str) -> Mapping[str, Any]:
    limits = {"model_call_limit": _MOST_ROUNDS, "recursion_limit": 10 * _MOST_ROUNDS}
    return {"tools": tools, "task": task, **limits}


def _autogen(tools: list[str], task: str) -> Mapping[str, Any]:
    agent = {"type": "AssistantAgent", "name": "agent", "tools": tools, "max_tool_iterations": _MOST_ROUNDS}
    return {"agents": [{**agent, "reflect_on_tool_use": False}], "task": task}


def _camelai(tools: list[str], task: str) -> Mapping[str, Any]:
    return {"society": {"kind": "ChatAgent", "tools": tools}, "task": task}


def _crewai(tools: list[str], task: str) -> Mapping[str, Any]:
    agent = {"role": "agent", "goal": "Do it.", "backstory": "You do it.", "tools": tools, "max_iter": _MOST_ROUNDS}
    return {"agents": [agent], "tasks": [{"name": "it", "description": task, "expected_output": "Its result."}]}


_CONFIGURATIONS = {"autogen": _autogen, "camelai": _camelai, "crewai": _crewai, "langgraph": _langgraph}
