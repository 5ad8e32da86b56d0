"""Makes the library's tools of plain functions with types and docstrings."""

# OpenAgents is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from openagents.models.tool import AgentTool
from pydantic import create_model

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context


def tools_of(agent: Mapping[str, Any], project: str, context: Context) -> list[AgentTool]:
    """The agent's built-in tools and those of the project's folder; ValueError for one that there is not."""
    names = [*agent.get("tools", ()), *agent.get("functions", ())]
    return [_tool(one) for one in context.tools(names, project)]


def _tool(function: Callable[..., Any]) -> AgentTool:
    if isinstance(function, AgentTool):
        return function
    hints = typing.get_type_hints(function)
    parameters = inspect.signature(function).parameters.values()
    fields: Any = {
        one.name: (hints.get(one.name, Any), ... if one.default is one.empty else one.default) for one in parameters
    }
    schema = create_model(function.__name__, **fields).model_json_schema()
    return AgentTool(
        name=function.__name__,
        description=inspect.getdoc(function) or function.__name__,
        input_schema=schema,
        func=_apart(function),
    )


def _apart(function: Callable[..., Any]) -> Callable[..., Any]:
    """A plain function in a thread of its own, so that the other agents go on."""
    if inspect.iscoroutinefunction(function):
        return function

    async def call(**arguments: Any) -> Any:
        return await asyncio.to_thread(function, **arguments)

    return call
