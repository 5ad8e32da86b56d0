"""Loads a graph from a user's project, in every shape that LangGraph's own server takes."""

# LangGraph is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import contextlib
import inspect
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langgraph.graph.state import StateGraph
from langgraph.pregel import Pregel

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

# What a project's file of variables must not say: where models are, what may be traced, and how Python starts.
_PROTECTED = ("OPENAI_", "LANGSMITH_", "LANGCHAIN_", "ORCHESTRA_", "PYTHON", "LD_", "DYLD_")
_PROTECTED_NAMES = frozenset({"PATH", "HOME"})


async def graph_of(configuration: Mapping[str, Any], context: Context, stack: contextlib.AsyncExitStack) -> Any:
    """The graph, compiled; ValueError says what cannot be used."""
    folder, wanted = context.place_of(configuration.get("project", "")), configuration["graph"]
    described = _description(folder)
    os.environ.update(_variables(folder, described.get("env")))
    reference = _reference(wanted, described)
    found = context.load(reference, folder)
    config = {"configurable": dict(configuration.get("configurable", {}))}
    graph = await _opened(found, config, stack)
    if isinstance(graph, Pregel):
        return graph
    raise ValueError(f"'{reference}' gives no graph, but {type(graph).__name__}.")


def _description(folder: str) -> Mapping[str, Any]:
    try:
        found = json.loads(Path(folder, "langgraph.json").read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ValueError(f"The project's langgraph.json is no JSON: {error}.") from error
    return found if isinstance(found, dict) else {}


def _reference(wanted: str, described: Mapping[str, Any]) -> str:
    """`file.py:name` of a graph, given so or by its name in langgraph.json."""
    graphs = described.get("graphs") or {}
    found = graphs.get(wanted)
    reference = found.get("path") if isinstance(found, dict) else found
    if isinstance(reference, str):
        return reference[2:] if reference.startswith("./") else reference
    if ":" not in wanted:
        known = ", ".join(map(str, graphs)) or "none"
        raise ValueError(f"There is no graph '{wanted}' in the project's langgraph.json; there: {known}.")
    return wanted


def _variables(folder: str, given: Any) -> dict[str, str]:
    """The project's own variables: a mapping, or the name of a file of them."""
    if isinstance(given, str):
        root = Path(folder).resolve()
        path = (root / given).resolve()
        if root not in path.parents:
            raise ValueError("The project's file of variables lies outside of its folder.")
        given = _read_variables(path)
    pairs = given.items() if isinstance(given, dict) else ()
    return {str(name): str(value) for name, value in pairs if _is_free(str(name))}


def _read_variables(path: Path) -> dict[str, str | None]:
    from dotenv import dotenv_values

    return dotenv_values(path) if path.is_file() else {}


def _is_free(name: str) -> bool:
    return not name.upper().startswith(_PROTECTED) and name.upper() not in _PROTECTED_NAMES


async def _opened(found: Any, config: Mapping[str, Any], stack: contextlib.AsyncExitStack) -> Any:
    """What a project means by a graph: one that is compiled, one that is not, or what makes one."""
    if isinstance(found, type):
        return found
    if not isinstance(found, (Pregel, StateGraph)) and callable(found):
        found = found(config) if _takes_config(found) else found()
        if inspect.isawaitable(found):
            found = await found
        if hasattr(found, "__aenter__"):
            found = await stack.enter_async_context(found)
        elif hasattr(found, "__enter__"):
            found = stack.enter_context(found)
    return found.compile() if isinstance(found, StateGraph) else found


def _takes_config(factory: Any) -> bool:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return any(one.kind in kinds and one.default is one.empty for one in inspect.signature(factory).parameters.values())
