"""Reads a project that uses CAMEL: statically, so that nothing of it runs."""

import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from orchestra.domain.projects import FoundAgent, Project

from .source import sights_in

_MOST_FILES = 300
_MOST_AGENTS = 200
_DEEPEST = 4
_MAX_BYTES = 1_000_000
_NOT_LOOKED_INTO = {"node_modules", "site-packages", "__pycache__", "tests", "test", "build", "dist"}
_LOCKS = (Path(__file__).with_name("requirements.lock"), Path(__file__).with_name("second_step.lock"))
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==", re.MULTILINE)


def read_project(path: Path) -> Project | None:
    """What agents a Python file or a folder of them could be made into; None without an agent or society of CAMEL's."""
    folder = (path if path.is_dir() else path.parent).resolve()
    files = [path.resolve()] if path.suffix == ".py" and path.is_file() else list(_python_files(folder))
    found = tuple(agent for file in files for agent in _agents_in(file, folder))[:_MOST_AGENTS]
    if not found:
        return None
    dependencies = tuple(_asked_for(folder))
    sources = dict.fromkeys(agent.configuration["society"]["entrypoint"].rpartition(":")[0] for agent in found)
    return Project(", ".join(sources)[:1000], found, dependencies, notes=tuple(_notes(dependencies)))


def _python_files(folder: Path) -> Iterator[Path]:
    """The files of a folder and of those in it, in order, links not followed."""
    seen = 0
    for place, folders, names in os.walk(folder):
        depth = len(Path(place).relative_to(folder).parts)
        kept = sorted(one for one in folders if one not in _NOT_LOOKED_INTO and not one.startswith((".", "venv")))
        folders[:] = kept if depth < _DEEPEST else []
        for name in sorted(names):
            if name.endswith(".py") and not (Path(place) / name).is_symlink():
                seen += 1
                if seen > _MOST_FILES:
                    return
                yield Path(place) / name


def _agents_in(file: Path, folder: Path) -> Iterator[FoundAgent]:
    for sight in sights_in(file):
        society = {"kind": "project", "entrypoint": f"{file.relative_to(folder).as_posix()}:{sight.name}"}
        configuration: dict[str, Any] = {"project": str(folder), "society": society}
        yield FoundAgent(sight.name, sight.kind, configuration, sight.description)


def _asked_for(folder: Path) -> Iterator[str]:
    """What packages the project asks for, in its pyproject.toml and requirements.txt."""
    try:
        described = tomllib.loads(_read(folder / "pyproject.toml")).get("project", {})
    except tomllib.TOMLDecodeError:
        described = {}
    declared = described.get("dependencies") if isinstance(described, dict) else None
    yield from [one for one in declared if isinstance(one, str)][:_MOST_AGENTS] if isinstance(declared, list) else []
    lines = (line.partition("#")[0].strip() for line in _read(folder / "requirements.txt").splitlines())
    yield from [line for line in lines if line and not line.startswith("-")][:_MOST_AGENTS]


def _notes(dependencies: tuple[str, ...]) -> Iterator[str]:
    """What somebody should know before they say yes to it."""
    yield "Its models are asked for at the gateway, by the names that it gives them, or all by the one that you choose."
    pinned = {_normal(name) for lock in _LOCKS for name in _PINNED.findall(lock.read_text("utf-8"))}
    named = [found[0] for one in dependencies if (found := _NAME.match(one))]
    if missing := [name for name in dict.fromkeys(named) if _normal(name) not in pinned]:
        yield f"CAMEL's environment does not have {', '.join(missing)}; a .venv in the project is looked into for them."


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace") if path.stat().st_size <= _MAX_BYTES else ""
    except OSError:
        return ""


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
