"""Reads a LangGraph project, as its langgraph.json describes it: statically, so that nothing of it runs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from orchestra.domain.projects import FoundAgent, Project

from .dependencies import Asked, asked_for, beside_lock
from .source import Sight, look_for
from .variables import variables_of

_FILE = "langgraph.json"
_MAX_BYTES = 1_000_000
_MOST_GRAPHS = 200
_LOCK = Path(__file__).with_name("requirements.lock")


def read_project(path: Path) -> Project | None:
    """What agents a folder with a langgraph.json could be made of; None without that file."""
    folder = path.parent if path.name == _FILE else path
    source = folder / _FILE
    if not source.is_file():
        return None
    described = _described(source)
    folder = folder.resolve()
    graphs = described.get("graphs")
    if not isinstance(graphs, Mapping) or not graphs:
        raise ValueError(f"{_FILE} names no graphs.")
    dependencies = tuple(asked_for(folder, described.get("dependencies")))
    asked = beside_lock(dependencies, _LOCK)
    chosen = list(graphs.items())[:_MOST_GRAPHS]
    found = tuple(_agent(folder, str(name), graph, asked.missing) for name, graph in chosen)
    variables = tuple(name for name, _ in variables_of(folder, described.get("env")))
    return Project(_FILE, found, dependencies, variables, tuple(_notes(asked)))


def _described(source: Path) -> Mapping[str, Any]:
    if source.stat().st_size > _MAX_BYTES:
        raise ValueError(f"{_FILE} is larger than {_MAX_BYTES:,} bytes.")
    try:
        found = json.loads(source.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{_FILE} is no JSON that can be read: {error}.") from error
    if not isinstance(found, dict):
        raise ValueError(f"{_FILE} holds no object.")  # noqa: TRY004 - a file's fault, not a caller's
    return found


def _agent(folder: Path, name: str, graph: object, packages: Sequence[str]) -> FoundAgent:
    reference = graph.get("path") if isinstance(graph, Mapping) else graph
    described = graph.get("description") if isinstance(graph, Mapping) else None
    sight = _sight(folder, reference)
    return FoundAgent(
        name=name,
        kind=sight.kind,
        configuration={"project": str(folder), "graph": name, **({"packages": [*packages]} if packages else {})},
        description=described if isinstance(described, str) else sight.description,
        problem=sight.problem,
    )


def _sight(folder: Path, reference: object) -> Sight:
    if not isinstance(reference, str) or ":" not in reference:
        return Sight("unknown", problem="Its place must read file.py:name or module:name.")
    place, _, name = reference.rpartition(":")
    if not place.endswith(".py"):
        inside = place.replace(".", "/")
        tails = (f"{inside}.py", f"{inside}/__init__.py", f"src/{inside}.py", f"src/{inside}/__init__.py")
        place = next((tail for tail in tails if (folder / tail).is_file()), "")
        if not place:
            return Sight("a graph from an installed module")
    path = (folder / place).resolve()
    if folder not in path.parents:
        return Sight("unknown", problem=f"'{place[:200]}' lies outside of the project.")
    if not path.is_file():
        return Sight("unknown", problem=f"There is no file '{place[:200]}'.")
    return look_for(path, name)


def _notes(asked: Asked) -> Iterator[str]:
    if packages := asked.missing:
        yield (
            f"LangGraph's environment lacks {', '.join(packages)}: the agent gets one of its own that has them, built "
            "when it is deployed. A package that has no wheel runs code of its own then."
        )
    yield from asked.conflicts
