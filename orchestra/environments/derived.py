"""Knows the environments that are derived from those of frameworks by further packages, and where their locks lie."""

import hashlib
import json
import shutil
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestra.domain.frameworks import Framework
from orchestra.domain.packages import DerivedFramework, base_of, derived, environment_id, is_derived, packages_of
from orchestra.environments.catalog import recipe_for
from orchestra.environments.layout import Layout
from orchestra.errors import Invalid, Unavailable

_NOTE = "packages.json"
_MINORS = [f"3.{minor}" for minor in range(9, 20)]


class Derivations:
    """Callable from any thread; `frameworks` are those that plugins bring."""

    def __init__(self, frameworks: Mapping[str, Framework], layout: Layout) -> None:
        self._frameworks = frameworks
        self._layout = layout
        self._lock = threading.Lock()
        self._made: dict[str, tuple[str, DerivedFramework]] = {}

    def needed(self, framework: Framework, configuration: Mapping[str, Any]) -> Framework:
        """What runs with this configuration need: the framework itself, or one with further packages."""
        packages = packages_of(configuration)
        return self._derived(framework, packages) if packages and framework.needs_environment else framework

    def find(self, environment: str) -> Framework | None:
        """What an id names: a framework, or one with further packages that somebody has wished for."""
        base = self._frameworks.get(base_of(environment))
        if base is None or not is_derived(environment):
            return self._frameworks.get(environment)
        try:
            packages = tuple(json.loads((self._folder(environment) / _NOTE).read_bytes()))
        except (OSError, ValueError, TypeError):
            return None
        return (
            self._derived(base, packages) if environment_id(base.id, {"packages": [*packages]}) == environment else None
        )

    def all(self) -> Mapping[str, Framework]:
        """All that `find` finds, by id."""
        try:
            noted = sorted(path.name for path in self._layout.derived.iterdir())
        except FileNotFoundError:
            noted = []
        found = {name: framework for name in noted if (framework := self.find(name)) is not None}
        return {**self._frameworks, **found}

    def note(self, framework: Framework) -> None:
        """Remember what somebody wishes for, so that it is found by its id."""
        if isinstance(framework, DerivedFramework):
            folder = self._folder(framework.id)
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / _NOTE).exists():
                (folder / _NOTE).write_text(json.dumps(framework.packages))

    def forget(self, environment: str) -> None:
        """What had an id is removed: its locks go, too."""
        if is_derived(environment):
            shutil.rmtree(self._folder(environment), ignore_errors=True)

    def _derived(self, base: Framework, packages: tuple[str, ...]) -> DerivedFramework:
        """One object for as long as the framework stays as it is, since others keep things by framework."""
        name, state = environment_id(base.id, {"packages": [*packages]}), _state_of(base)
        with self._lock:
            known = self._made.get(name)
            if known is None or known[0] != state or known[1].base is not base:
                locks = {
                    minor: self._folder(name) / f"{minor}-{state}.lock"
                    for minor in _MINORS
                    if base.lock_for(minor) is not None
                }
                known = self._made[name] = (state, derived(base, packages, locks))
            return known[1]

    def _folder(self, environment: str) -> Path:
        return self._layout.derived / environment


def _state_of(base: Framework) -> str:
    """Another one for each state of the framework's own recipe: what was resolved against one is not for the next."""
    found: list[str] = []
    for minor in _MINORS:
        if base.lock_for(minor) is not None:
            try:
                found.append(recipe_for(base, minor).digest)
            except (Invalid, Unavailable):
                found.append(minor)
    return hashlib.sha256("".join(found).encode()).hexdigest()[:12]
