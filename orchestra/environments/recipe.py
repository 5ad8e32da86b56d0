"""Decides what an environment is: the name of its folder, the commands that build it, and its manifest; pure."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestra.domain.frameworks import Framework, stays_inside
from orchestra.domain.packages import DerivedFramework
from orchestra.environments.locks import Pin
from orchestra.errors import Invalid

MANIFEST = "orchestra.json"
SITE_PACKAGES = "site-packages/"  # a file below it goes there, wherever that is
FORMAT = 1  # what is built, and how; a new number makes every environment anew
_DIGEST_CHARACTERS = 16
_FRAMEWORK = re.compile(r"[a-z][a-z0-9_-]{0,39}(\.[0-9a-f]{12})?")  # the end names further packages
_PYTHON = re.compile(r"3\.\d{1,2}")
_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_NAME = re.compile(rf"(?P<framework>{_FRAMEWORK.pattern})-(?P<python>3\.\d{{1,2}})-[0-9a-f]{{{_DIGEST_CHARACTERS}}}")


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides what an environment is; `hashes` has the SHA-256 of each file that goes into it."""

    framework: str
    python: str
    lock: Path
    second_step: Path | None = None
    imports: tuple[str, ...] = ()
    files: Mapping[str, str | Path] = field(default_factory=dict[str, str | Path])
    hashes: Mapping[str, str] = field(default_factory=dict[str, str])
    packages: tuple[str, ...] = ()  # what a project has asked for beside the framework

    @property
    def digest(self) -> str:
        """The same for the same environment, wherever its lock lies; another one for anything that differs."""
        parts = [FORMAT, self.framework, self.python, list(self.imports), sorted(self.hashes.items())]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    @property
    def replaced(self) -> frozenset[str]:
        """The files in `site-packages` that are the plugin's own, relative to that folder."""
        return frozenset(path.removeprefix(SITE_PACKAGES) for path in self.files if path.startswith(SITE_PACKAGES))

    @property
    def name(self) -> str:
        """The name of the environment's folder."""
        return f"{self.framework}-{self.python}-{self.digest[:_DIGEST_CHARACTERS]}"


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a build, without its uv, and the lock that it installs (None for the first)."""

    arguments: tuple[str, ...]
    lock: Path | None = None


def recipe_of(framework: Framework, python: str, hashes: Mapping[str, str]) -> Recipe:
    """The recipe for a framework on a Python such as "3.11"; Invalid if its declaration cannot be one.

    `hashes` has a SHA-256 for each name of `ingredients_of`.
    """
    lock = framework.lock_for(python)
    if lock is None:
        raise Invalid(f"{framework.title} has no lock for Python {python}.")
    if not _FRAMEWORK.fullmatch(framework.id) or not _PYTHON.fullmatch(python):
        raise Invalid(f"'{framework.id[:60]}' on Python '{python[:20]}' cannot name an environment.")
    if wrong := [name for name in framework.imports if not _MODULE.fullmatch(name)]:
        raise Invalid(f"'{wrong[0][:60]}' is no module that {framework.title} could import.")
    if wrong := [path for path in framework.environment_files if not stays_inside(path)]:
        raise Invalid(f"The file '{wrong[0][:60]}' of {framework.title} would not lie inside its environment.")
    return Recipe(
        framework=framework.id,
        python=python,
        lock=lock,
        second_step=framework.second_step,
        imports=framework.imports,
        files=framework.environment_files,
        hashes=hashes,
        packages=framework.packages if isinstance(framework, DerivedFramework) else (),
    )


def ingredients_of(framework: Framework, python: str) -> dict[str, str | Path]:
    """What goes into the environment, by a name: text, or the file that holds it."""
    lock = framework.lock_for(python)
    found: dict[str, str | Path] = {f"file {path}": content for path, content in framework.environment_files.items()}
    if lock is not None:
        found["lock"] = lock
    if framework.second_step is not None:
        found["second step"] = framework.second_step
    return found


def steps_of(recipe: Recipe, interpreter: Path, folder: Path, python: Path) -> tuple[Step, ...]:
    """The uv commands that build the environment in `folder`, whose Python will be `python`."""
    make = Step(("venv", "--no-project", "--relocatable", "--python", str(interpreter), str(folder)))
    into = ("--verbose", "--python", str(python), "--require-hashes")
    first = Step(("pip", "sync", *into, str(recipe.lock)), recipe.lock)
    if recipe.second_step is None:
        return make, first
    more = ("pip", "install", *into, "--no-deps", "-r", str(recipe.second_step))
    return make, first, Step(more, recipe.second_step)


def manifest_of(recipe: Recipe, pins: tuple[Pin, ...], facts: Mapping[str, Any]) -> dict[str, Any]:
    """What is written into a finished environment: what was asked for, and how it came about (`facts`)."""
    return {
        "format": FORMAT,
        "framework": recipe.framework,
        "python": recipe.python,
        "digest": recipe.digest,
        "imports": list(recipe.imports),
        "packages": {pin.name: pin.version for pin in pins if pin.applies},
        "replaced": sorted(recipe.replaced),
        **({"asked": list(recipe.packages)} if recipe.packages else {}),
        **facts,
    }


def framework_and_python_of(name: str) -> tuple[str, str] | None:
    """The framework and the Python that a folder's name tells; None if it is no environment's name."""
    found = _NAME.fullmatch(name)
    return (found["framework"], found["python"]) if found else None
