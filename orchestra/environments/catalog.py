"""Knows the environments that are finished: which there are, and with which interpreter a framework's workers start."""

import functools
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestra.domain.environments import Environment
from orchestra.domain.frameworks import Framework
from orchestra.domain.packages import DerivedFramework
from orchestra.environments.layout import Layout, python_in
from orchestra.environments.recipe import (
    MANIFEST,
    Recipe,
    framework_and_python_of,
    ingredients_of,
    recipe_of,
)
from orchestra.errors import Invalid, NotInstalled, Unavailable


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The start of a worker's command line: the interpreter, isolated from user settings and from our packages."""

    command: tuple[str, ...]


def interpreter_for(framework: Framework, data_dir: Path) -> Interpreter:
    """The interpreter for a framework, by its absolute path; NotInstalled if it needs an environment that is not there.

    A framework without requirements runs on the standard library alone, so on the base interpreter of our own
    environment, with site-packages switched off (`-S`). Others run in their environment: the one that their plugin asks
    for now, or an older one as long as there is no other.
    """
    if not framework.needs_environment:
        base = getattr(sys, "_base_executable", None) or sys.executable
        return Interpreter((base, "-I", "-S"))
    return Interpreter((str(python_in(required(framework, Layout.of(data_dir)))), "-I"))


def required(framework: Framework, layout: Layout) -> Path:
    """The environment in which a framework runs; NotInstalled, with what to do, if there is none."""
    found = usable(framework, layout)
    if found is None:
        gone = f"The Python that {framework.title} was installed with is gone. Repair it"
        what = gone if any(environments_of(framework.id, layout)) else None
        where = "by the agent's button Deploy" if isinstance(framework, DerivedFramework) else "under Frameworks"
        raise NotInstalled(framework.id, framework.title, what, where)
    return found


def usable(framework: Framework, layout: Layout) -> Path | None:
    """The environment in which a framework runs: the wanted one, else the newest of the older; None without any.

    One whose interpreter is a link to a Python that is gone does not count.
    """
    older: Path | None = None
    for path in environments_of(framework.id, layout):
        if not python_in(path).exists():
            continue
        if is_wanted(framework, path):
            return path
        if older is None or path.stat().st_mtime > older.stat().st_mtime:
            older = path
    return older


def is_wanted(framework: Framework, environment: Path) -> bool:
    """Whether an environment is what the framework's plugin asks for now."""
    named = framework_and_python_of(environment.name)
    try:
        return named is not None and recipe_for(framework, named[1]).name == environment.name
    except (Invalid, Unavailable):
        return False


def environments_of(framework: str, layout: Layout) -> Iterator[Path]:
    """The finished environments of a framework."""
    return (path for path in all_environments(layout) if (framework_and_python_of(path.name) or ("",))[0] == framework)


def all_environments(layout: Layout) -> list[Path]:
    """Every finished environment: a build comes to its name in one step, when it is whole."""
    try:
        return sorted(path for path in layout.root.iterdir() if framework_and_python_of(path.name))
    except FileNotFoundError:
        return []


def recipe_for(framework: Framework, python: str) -> Recipe:
    """The recipe with the hashes of its ingredients; Unavailable if the plugin lacks one of its files."""
    ingredients = ingredients_of(framework, python)
    return recipe_of(framework, python, {name: _hash_of(content) for name, content in ingredients.items()})


def manifest_in(environment: Path) -> dict[str, Any] | None:
    """What was asked for when the environment was built; None if that cannot be read any more."""
    try:
        manifest = json.loads((environment / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) else None


def describe(environment: Path) -> Environment | None:
    """The environment as its manifest tells; None if that cannot be read."""
    manifest = manifest_in(environment)
    try:
        return None if manifest is None else _described(environment.name, manifest)
    except (KeyError, TypeError, ValueError):
        return None


def _described(name: str, manifest: dict[str, Any]) -> Environment:
    return Environment(
        name=name,
        framework=manifest["framework"],
        python_version=manifest["pythonVersion"],
        built_at=datetime.fromtimestamp(manifest["builtAt"], UTC),
        size_bytes=manifest["sizeBytes"],
        packages=len(manifest["packages"]),
    )


def _hash_of(content: str | Path) -> str:
    if isinstance(content, str):
        return hashlib.sha256(content.encode()).hexdigest()
    try:
        status = content.stat()
        return _hash_of_file(os.fspath(content), status.st_mtime_ns, status.st_size)
    except OSError as error:
        raise Unavailable(f"The plugin lacks its file '{content.name}'. Install the plugin again.") from error


@functools.lru_cache(maxsize=1024)
def _hash_of_file(path: str, mtime_ns: int, size: int) -> str:
    """Asked before each run, so read again only if the file is another."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
