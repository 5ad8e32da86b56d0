"""Tools that an agent of any framework may be given: plain functions with types and docstrings, for it to wrap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Callable

from . import projects
from .calculator import calculator
from .files import RunFiles
from .web import fetch


def tools(folder: str, names: Sequence[str], project: str = "") -> list[Callable[..., Any]]:
    """The functions of those names, in that order.

    A name is a built-in tool's, or with a colon (`module:function`, `file.py:function`) one in the project's folder.
    ValueError for one that there is not.
    """
    files = RunFiles(folder)
    built_in: dict[str, Callable[..., Any]] = {
        "calculator": calculator,
        "fetch": fetch,
        "list_files": files.list_files,
        "read_file": files.read_file,
        "write_file": files.write_file,
    }
    return [_tool(name, built_in, project) for name in names]


def _tool(name: str, built_in: dict[str, Callable[..., Any]], project: str) -> Callable[..., Any]:
    if ":" not in name:
        if name not in built_in:
            raise ValueError(f"There is no built-in tool '{name[:80]}'; there are {', '.join(built_in)}.")
        return built_in[name]
    found = projects.load(name, project)
    if not callable(found) and not hasattr(found, "name"):  # frameworks have tool objects of their own
        raise ValueError(f"'{name[:200]}' is no function.")
    return found
