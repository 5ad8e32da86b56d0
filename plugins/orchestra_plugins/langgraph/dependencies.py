"""Reads what packages a project asks for, and tells which of them its framework's environment lacks."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

_MAX_BYTES = 1_000_000
_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)
_ALIASES = {"langgraph-cli", "langgraph-api"}  # they serve graphs, which is done here by others
_MOST = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """The requirements that a lock does not meet, and a sentence for each of those that it contradicts."""

    missing: tuple[str, ...]
    conflicts: tuple[str, ...]


def asked_for(folder: Path, declared: object) -> Iterator[str]:
    """The requirements that a langgraph.json's `dependencies` come to, its own folders' files read."""
    for one in _texts(declared)[:_MOST]:
        if not one.startswith("."):
            yield one
            continue
        place = (folder / one).resolve()
        if place == folder:
            yield from _in_folder(place)
        elif folder in place.parents:
            yield from _package_in(place)


def beside_lock(dependencies: Iterable[str], lock: Path) -> Asked:
    """What of the dependencies a lock lacks, and what of it contradicts them."""
    pinned = {_normal(name): version for name, version in _PINNED.findall(lock.read_text("utf-8"))}
    missing: dict[str, None] = {}
    conflicts: list[str] = []
    for text in dependencies:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            conflicts.append(f"'{text[:100]}' is no package that can be installed here, so it is left out.")
            continue
        name = _normal(requirement.name)
        version = None if requirement.url else pinned.get(name)
        if name in _ALIASES or (version and requirement.specifier.contains(version, prereleases=True)):
            continue
        missing[text] = None
        if version:
            conflicts.append(
                f"It asks for {requirement.name}{requirement.specifier}, and LangGraph is tested with {name} {version}"
                ": they cannot share an environment. Let the project take that version."
            )
    return Asked(tuple(missing)[:_MOST], tuple(conflicts))


def _package_in(folder: Path) -> Iterator[str]:
    """A folder of the project that is a package of its own is installed as one; else its files are read."""
    name = _described(folder).get("name")
    if isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        yield f"{name} @ {folder.as_uri()}"
    else:
        yield from _in_folder(folder)


def _in_folder(folder: Path) -> Iterator[str]:
    yield from _texts(_described(folder).get("dependencies"))[:_MOST]
    lines = (line.partition("#")[0].strip() for line in _read(folder / "requirements.txt").splitlines())
    yield from [line for line in lines if line and not line.startswith("-")][:_MOST]


def _described(folder: Path) -> Mapping[str, Any]:
    try:
        project = tomllib.loads(_read(folder / "pyproject.toml")).get("project", {})
    except tomllib.TOMLDecodeError:
        project = {}
    return project if isinstance(project, Mapping) else {}


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace") if path.stat().st_size <= _MAX_BYTES else ""
    except OSError:
        return ""


def _texts(given: object) -> list[str]:
    return [one for one in given if isinstance(one, str)] if isinstance(given, list) else []


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
