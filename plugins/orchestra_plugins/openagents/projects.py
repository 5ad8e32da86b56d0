"""Reads projects of openagents.org: `network.yaml`, and YAML files of agents beside it; nothing of it is run."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from orchestra.domain.projects import FoundAgent, Project

_MAX_BYTES = 1_000_000
_MOST_FILES = 100
_MESSAGING = "openagents.mods.workspace.messaging"
_DEFAULT = "openagents.mods.workspace.default"
_CLASSES = frozenset({"CollaboratorAgent", "WorkerAgent"})
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_CHANNEL = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

Described = Mapping[str, Any]


def read_project(path: Path) -> Project | None:
    """The network that a folder with a `network.yaml` describes; None if there is none. ValueError if it is broken."""
    source = path / "network.yaml" if path.is_dir() else path
    if source.name != "network.yaml" or not source.is_file():
        return None
    network = _mapping(_read(source).get("network"))
    if not network:
        return None
    notes: list[str] = []
    agents = [agent for agent in _agents(source.parent / "agents", notes) if agent]
    notes += _notes(network)
    channels = [name for name in _channels(network) if _CHANNEL.fullmatch(name)]
    model = next((agent["model"] for agent in agents if "model" in agent), None)
    if model is None:
        notes.append("It leaves the model open; choose one.")
    configuration = {
        "engine": "network",
        **({"model": model} if model else {}),
        "network": {"agents": agents, "project": str(source.parent), **({"channels": channels} if channels else {})},
    }
    found = FoundAgent(
        name=str(network.get("name") or source.parent.name)[:200],
        kind="network of " + (", ".join(agent["agent_id"] for agent in agents) or "nobody"),
        configuration=configuration,
        problem=None if agents else "There is no agent in it that can be brought here.",
    )
    return Project("network.yaml", (found,), notes=tuple(dict.fromkeys(notes)))


def _read(file: Path) -> Described:
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise ValueError(f"{file.name} has more than {_MAX_BYTES:,} bytes.")
        return _mapping(yaml.safe_load(file.read_text("utf-8")))
    except (OSError, yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{file.name} cannot be read: {str(error)[:300]}") from error


def _mapping(value: object) -> Described:
    return cast(Described, value) if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return cast(list[Any], value) if isinstance(value, list) else []


def _agents(folder: Path, notes: list[str]) -> Iterator[dict[str, Any] | None]:
    files = sorted(folder.glob("*.y*ml"))[:_MOST_FILES] if folder.is_dir() else []
    for file in files:
        yield _agent(file, _read(file), notes)
    code = [one.name for one in sorted(folder.glob("*.py")) if one.name != "__init__.py"][:_MOST_FILES]
    notes += [f"{name} is code, and is not brought here." for name in code]


def _agent(file: Path, described: Described, notes: list[str]) -> dict[str, Any] | None:
    kind = str(described.get("type") or "WorkerAgent").rpartition(".")[2]
    name, config = str(described.get("agent_id") or file.stem), _mapping(described.get("config"))
    instruction = config.get("instruction")
    if kind not in _CLASSES or not _ID.fullmatch(name) or not isinstance(instruction, str) or not instruction.strip():
        notes.append(f"The agent in {file.name} is not brought here: {kind[:100]} '{name[:100]}'.")
        return None
    if config.get("mcps"):
        notes.append(f"The MCP servers of {name} are not brought here.")
    model, rounds = config.get("model_name"), config.get("max_iterations")
    functions = [one for one in map(_function, _list(config.get("tools"))) if one]
    return {
        "agent_id": name,
        "instruction": instruction,
        "react_to_all_messages": config.get("react_to_all_messages") is True,
        **({"model": model} if isinstance(model, str) and model not in ("", "auto") else {}),
        **({"max_iterations": rounds} if type(rounds) is int and 1 <= rounds <= 1000 else {}),
        **({"triggers": triggers} if (triggers := list(_triggers(config))) else {}),
        **({"functions": functions} if functions else {}),
    }


def _triggers(config: Described) -> Iterator[dict[str, str]]:
    for one in map(_mapping, _list(config.get("triggers"))):
        if one.get("event"):
            yield {"event": str(one["event"])[:200], "instruction": str(one.get("instruction") or "")[:20_000]}


def _function(tool: object) -> str | None:
    """`module:function` for a tool's `module.function`."""
    module, _, name = str(_mapping(tool).get("implementation") or "").rpartition(".")
    return f"{module}:{name}" if module and name.isidentifier() else None


def _mods(network: Described) -> list[Described]:
    return [one for one in map(_mapping, _list(network.get("mods"))) if one.get("enabled", True)]


def _channels(network: Described) -> Iterator[str]:
    for mod in _mods(network):
        if mod.get("name") == _MESSAGING:
            for one in _list(_mapping(mod.get("config")).get("default_channels")):
                yield str(_mapping(one).get("name") or one)


def _notes(network: Described) -> Iterator[str]:
    for mod in _mods(network):
        if mod.get("name") not in (_MESSAGING, _DEFAULT):
            yield f"The mod '{str(mod.get('name'))[:100]}' is not brought here; agents talk in channels."
    if network.get("transports"):
        yield "Its transports are not used: nothing of the network listens here."
