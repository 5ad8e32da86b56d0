"""Reads component JSON, as AutoGen Studio and `dump_component()` write it; nothing of it is loaded."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orchestra.domain.projects import FoundAgent, Project

_MAX_BYTES = 5_000_000
_MOST_FILES = 100
_MOST_AGENTS = 200
_RUNNABLE = ("team", "agent")
_OWN = ("autogen_agentchat.", "autogen_core.", "autogen_ext.")


def read_project(path: Path) -> Project | None:
    """What agents a file of component JSON, or a folder with such files, could be made of; None if there is none."""
    files = sorted(path.glob("*.json"))[:_MOST_FILES] if path.is_dir() else [path] if path.suffix == ".json" else []
    found = [(file, component) for file in files for component in _components_in(file)][:_MOST_AGENTS]
    if not found:
        return None
    sources = dict.fromkeys(file.name for file, _ in found)
    agents = tuple(_agent(file, component) for file, component in found)
    notes = tuple(dict.fromkeys(note for _, component in found for note in _notes(component)))
    return Project(", ".join(sources), agents, notes=notes)


def _components_in(file: Path) -> Iterator[Mapping[str, Any]]:
    """The teams and agents of a file: a component alone, within an export, or a gallery of them."""
    try:
        if file.stat().st_size > _MAX_BYTES:
            return
        described: Any = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return
    if not isinstance(described, dict):
        return
    gallery = described.get("components")
    candidates: list[Any] = [described, described.get("component")]
    if isinstance(gallery, dict):
        for kind in ("teams", "agents"):
            candidates += gallery[kind] if isinstance(gallery.get(kind), list) else []
    yield from (one for one in candidates if _is_runnable(one))


def _is_runnable(one: object) -> bool:
    return (
        isinstance(one, dict)
        and isinstance(one.get("provider"), str)
        and one.get("component_type") in _RUNNABLE
        and isinstance(one.get("config"), dict)
    )


def _agent(file: Path, component: Mapping[str, Any]) -> FoundAgent:
    config = component["config"]
    named = component.get("label") or config.get("name") or file.stem
    provider = component["provider"].rpartition(".")[2]
    described = component.get("description")
    people = config.get("participants")
    members = [str(one.get("config", {}).get("name")) for one in people if isinstance(one, dict)] if people else []
    return FoundAgent(
        name=str(named)[:200],
        kind=provider + (f" of {', '.join(members)}" if members else ""),
        configuration={"component": dict(component)},
        description=" ".join(described.split())[:300] if isinstance(described, str) else "",
    )


def _notes(component: Mapping[str, Any]) -> Iterator[str]:
    """What somebody should know before they say yes to it; a run asks for that again, with the whole text."""
    for part in _parts(component):
        name, config = str(part.get("label") or part["provider"]), part.get("config")
        config = config if isinstance(config, dict) else {}
        if "source_code" in config:
            yield f"'{config.get('name') or name}' carries source code; a person is asked before it is loaded."
        elif "code_executor" in part["provider"]:
            yield f"'{name}' executes code that agents write; a person is asked before it is loaded."
        elif not part["provider"].startswith(_OWN) and "." in part["provider"]:
            yield f"'{part['provider']}' is no component of AutoGen's own; a person is asked before it is loaded."
        elif isinstance(server := config.get("server_params"), dict) and server.get("command"):
            yield f"It starts the program '{server['command']}'; a person is asked before that."
        if str(part.get("component_type")) == "model" and config.get("model"):
            yield f"The model '{config['model']}' is asked for at the gateway."


def _parts(value: object, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Every component within a component."""
    if depth > 50:
        return
    if isinstance(value, dict):
        if isinstance(value.get("provider"), str):
            yield value
        for inner in value.values():
            yield from _parts(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _parts(inner, depth + 1)
