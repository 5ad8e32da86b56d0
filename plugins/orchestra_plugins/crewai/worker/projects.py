"""Loads a crew or a flow from a user's project, in every shape that CrewAI's own command line takes."""

# CrewAI is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from crewai import Crew
from crewai.flow.flow import Flow
from crewai.project.crew_loader import load_crew, load_crew_from_definition

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

# What a project's file of variables must not say: where models are, what is told to others, and how Python starts.
_PROTECTED = ("OPENAI_", "CREWAI_", "OTEL_", "ORCHESTRA_", "PYTHON", "LD_", "DYLD_")
_PROTECTED_NAMES = frozenset({"PATH", "HOME"})
_MOST_CALLS = 3  # a function that makes a class that makes a crew


def runnable_of(configuration: Mapping[str, Any], context: Context) -> tuple[Any, dict[str, Any]]:
    """The crew or flow, and the inputs that the project itself has for it; ValueError says what cannot be used."""
    folder, wanted = context.place_of(configuration.get("project", "")), configuration["crew"]
    sys.dont_write_bytecode = True  # a project's folder is its owner's: nothing is left there
    os.environ.update(_variables(Path(folder, ".env")))
    if wanted.endswith((".json", ".jsonc")):
        return load_crew(_inside(folder, wanted))
    if wanted.endswith((".yaml", ".yml")):
        return Flow.from_declaration(path=_inside(folder, wanted)), {}
    if ":" not in wanted:
        return _from_config(_inside(folder, wanted))
    return _made_by(context.load(wanted, folder), wanted), {}


def _inside(folder: str, name: str) -> Path:
    root = Path(folder).resolve()
    path = (root / name).resolve()
    if root != path and root not in path.parents:
        raise ValueError(f"'{name[:200]}' lies outside of the project.")
    if not folder or not path.exists():
        raise ValueError(f"There is no '{name[:200]}' in the project's folder '{folder[:200]}'.")
    return path


def _from_config(folder: Path) -> tuple[Any, dict[str, Any]]:
    """A crew of `agents.yaml` and `tasks.yaml` alone, its tasks in the order in which they stand there."""
    agents, tasks = _yaml(folder / "agents.yaml"), _yaml(folder / "tasks.yaml")
    definition = {"agents": agents, "tasks": [{"name": name, **one} for name, one in tasks.items()]}
    return load_crew_from_definition(definition, source=str(folder), project_root=folder.parent)


def _yaml(path: Path) -> dict[str, dict[str, Any]]:
    try:
        found = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ValueError(f"There is no '{path.name}' in '{path.parent}'.") from error
    except yaml.YAMLError as error:
        raise ValueError(f"'{path.name}' is no YAML that can be read: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(one, dict) for one in found.values()):
        raise ValueError(f"'{path.name}' must have a mapping for each name.")
    return found


def _made_by(found: Any, reference: str) -> Any:
    """What a project means by a crew: one, a class with `crew()`, a flow or its class, or what makes one of them."""
    for _ in range(_MOST_CALLS):
        if isinstance(found, (Crew, Flow)):
            return found
        if not isinstance(found, type) and callable(getattr(found, "crew", None)):
            found = found.crew()
        elif callable(found):
            found = found()
        else:
            break
    if isinstance(found, (Crew, Flow)):
        return found
    raise ValueError(f"'{reference[:200]}' gives neither a crew nor a flow, but {type(found).__name__}.")


def _variables(path: Path) -> dict[str, str]:
    """The project's own variables, as `crewai run` sets them."""
    from dotenv import dotenv_values

    found = dotenv_values(path) if path.is_file() else {}
    return {name: value for name, value in found.items() if value is not None and _is_free(name)}


def _is_free(name: str) -> bool:
    return not name.upper().startswith(_PROTECTED) and name.upper() not in _PROTECTED_NAMES
