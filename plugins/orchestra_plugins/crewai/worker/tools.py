"""Makes CrewAI's tools of functions."""

# CrewAI is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crewai.tools import BaseTool, tool

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context


def tools_of(names: Sequence[str], project: str, context: Context) -> list[BaseTool]:
    """Tools by the names of built-in ones and of functions in the project; ValueError says what cannot be one."""
    return [_as_tool(one) for one in context.tools(names, project)]


def _as_tool(found: Any) -> BaseTool:
    if isinstance(found, BaseTool):
        return found
    if isinstance(found, type) and issubclass(found, BaseTool):
        return found()  # pyright: ignore[reportCallIssue] - a tool's class, made as it is
    if not inspect.getdoc(found):
        raise ValueError(f"the function '{getattr(found, '__name__', found)}' needs a docstring: models read it.")
    made: BaseTool = tool(found.__name__)(found)
    made.cache_function = lambda *_: False  # the same call may well give something else a moment later
    return made
