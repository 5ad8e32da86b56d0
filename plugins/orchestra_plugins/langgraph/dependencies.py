"""Reads what packages a project asks for, and tells which of them its environment would lack."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

_MAX_BYTES = 1_000_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==", re.MULTILINE)
_ALIASES = {"langgraph-cli", "langgraph-api"}  # they serve graphs, which is done here by others
_MOST = 200


def asked_for(folder: Path, declared: object) -> Iterator[str]:
    """The requirements that a langgraph.json's `dependencies` come to, its own folders' files read."""
    for one in _texts(declared)[:_MOST]:
        if not one.startswith("."):
            yield one
            continue
        place = (folder / one).resolve()
        if place == folder or folder in place.parents:
            yield from _in_folder(place)


def not_in_lock(dependencies: Iterable[str], lock: Path) -> list[str]:
    """The names of those packages that a lock does not pin, each once."""
    pinned = {_normal(name) for name in _PINNED.findall(lock.read_text("utf-8"))} | _ALIASES
    named = [found[0] for one in dependencies if (found := _NAME.match(one.strip()))]
    return list(dict.fromkeys(name for name in named if _normal(name) not in pinned))


def _in_folder(folder: Path) -> Iterator[str]:
    if described := _read(folder / "pyproject.toml"):
        try:
            project: Mapping[str, Any] = tomllib.loads(described).get("project", {})
        except tomllib.TOMLDecodeError:
            project = {}
        yield from _texts(project.get("dependencies"))[:_MOST]
    lines = (line.partition("#")[0].strip() for line in _read(folder / "requirements.txt").splitlines())
    yield from [line for line in lines if line and not line.startswith("-")][:_MOST]


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace") if path.stat().st_size <= _MAX_BYTES else ""
    except OSError:
        return ""


def _texts(given: object) -> list[str]:
    return [one for one in given if isinstance(one, str)] if isinstance(given, list) else []


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
