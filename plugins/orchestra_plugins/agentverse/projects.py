"""Reads the config.yaml of AgentVerse's tasks; nothing of it is run."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from orchestra.domain.projects import FoundAgent, Project

_MAX_BYTES = 1_000_000
_MOST_PARTS = 20_000  # of all that stands in a file, with what its aliases stand for
_MOST_TASKS = 100
_FILE = "config.yaml"
_KINDS = {"sim-basic": "Simulation of", "task-basic": "Task solving by"}


def read_project(path: Path) -> Project | None:
    """What agents a task's folder or config.yaml, or a folder of tasks, could be made of; None if there is none."""
    found = [(file, task) for file in _files(path) if (task := _task_in(file)) is not None]
    if not found:
        return None
    agents = tuple(_agent(file, task) for file, task in found)
    notes = tuple(dict.fromkeys(note for _, task in found for note in _notes(task)))
    return Project(_FILE, agents, notes=notes)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path] if path.name == _FILE else []
    return [file for depth in ("", "*/", "*/*/") for file in sorted(path.glob(depth + _FILE))][:_MOST_TASKS]


def _task_in(file: Path) -> dict[str, Any] | None:
    try:
        if file.stat().st_size > _MAX_BYTES:
            return None
        described = _Copier().copy(yaml.safe_load(file.read_bytes()))
    except Exception:  # noqa: BLE001 - PyYAML lets more out than it says; whatever cannot be read is no task
        return None
    is_one = isinstance(described, dict) and isinstance(described.get("environment"), dict)
    agents = described.get("agents") if is_one else None
    return described if isinstance(agents, list) and all(isinstance(agent, dict) for agent in agents) else None


class _Copier:
    """Copies JSON's types, each alias as often as it stands there, up to a limit: aliases of aliases grow fast."""

    def __init__(self) -> None:
        self._parts = 0

    def copy(self, value: Any) -> Any:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise ValueError("There is too much in it.")
        if isinstance(value, dict):
            return {str(key): self.copy(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.copy(inner) for inner in value]
        return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def _agent(file: Path, task: Mapping[str, Any]) -> FoundAgent:
    kind = str(task["environment"].get("env_type"))
    names = [str(agent.get("name")) for agent in task["agents"]]
    description = task.get("task_description")
    return FoundAgent(
        name=file.resolve().parent.name[:200] or "task",
        kind=f"{_KINDS.get(kind, kind[:40] + ' of')} {', '.join(names)[:300]}",
        configuration={"task_config": dict(task)},
        description=" ".join(description.split())[:300] if isinstance(description, str) else "",
    )


def _notes(task: Mapping[str, Any]) -> Iterator[str]:
    for agent in task["agents"]:
        llm = agent.get("llm")
        if isinstance(llm, dict) and llm.get("model"):
            yield f"The model '{str(llm['model'])[:100]}' is asked for at the gateway."
