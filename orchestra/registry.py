"""Finds plugins, loads them one by one, keeps a broken one from hurting the rest, and lists them.

pluggy's own loader stops at the first bad plugin, and one raising hook implementation spoils the others' results; both
are why this calls plugins one at a time.
"""

import importlib.metadata
import logging
import re
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

import jsonschema_rs
import pluggy
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from orchestra import hookspecs
from orchestra.domain.frameworks import Framework, scripted_model, stays_inside
from orchestra.domain.plugins import PluginRecord, PluginState

log = logging.getLogger(__name__)

_RESERVED = frozenset({"doctor", "unused"})  # they stand where an id would, in addresses
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class Registry:
    """The plugins of this installation; reading it is safe from any thread once `load` returned."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._frameworks: dict[str, Framework] = {}
        self._records: list[PluginRecord] = []

    def load(self, entry_points: Iterable[importlib.metadata.EntryPoint] | None = None) -> None:
        """Load each entry point of the group `orchestra` (or those given); never raises for a plugin's fault."""
        found = importlib.metadata.entry_points(group=hookspecs.PROJECT) if entry_points is None else entry_points
        for entry_point in sorted(found, key=lambda e: e.name):
            record = self._load_one(entry_point)
            self._records.append(record)
            if record.state is not PluginState.LOADED:
                log.warning("The plugin %s was left out: %s", record.name, record.error)

    @property
    def plugins(self) -> tuple[PluginRecord, ...]:
        return tuple(self._records)

    @property
    def frameworks(self) -> Mapping[str, Framework]:
        """The usable frameworks by id."""
        return self._frameworks

    def scripts(self) -> dict[str, Path]:
        """The scripted model's scripts: model name → file, one for each sample that has one."""
        return {
            scripted_model(framework.id, sample.id): sample.script
            for framework in self._frameworks.values()
            for sample in framework.samples
            if sample.script is not None
        }

    def _load_one(self, entry_point: importlib.metadata.EntryPoint) -> PluginRecord:
        began = time.perf_counter()
        frameworks: tuple[Framework, ...] = ()
        state, error = PluginState.LOADED, None
        try:
            plugin = entry_point.load()
            _check_version(plugin)
            frameworks = self._frameworks_of(plugin, entry_point.name)
        except _IncompatibleError as incompatible:
            state, error = PluginState.INCOMPATIBLE, str(incompatible)
        except (Exception, SystemExit) as fault:  # noqa: BLE001 - a plugin may raise anything, and call sys.exit
            state, error = PluginState.FAILED, f"{type(fault).__name__}: {fault}"
        self._frameworks.update({framework.id: framework for framework in frameworks})
        return PluginRecord(
            name=entry_point.name,
            module=entry_point.value,
            distribution=entry_point.dist.name if entry_point.dist else None,
            version=entry_point.dist.version if entry_point.dist else None,
            state=state,
            error=error,
            load_ms=round((time.perf_counter() - began) * 1000, 1),
            frameworks=tuple(framework.id for framework in frameworks),
        )

    def _frameworks_of(self, plugin: Any, name: str) -> tuple[Framework, ...]:
        """The plugin's frameworks, checked; the plugin is registered only if all of them are sound."""
        self._manager.register(plugin, name=name)
        try:
            _refuse_unknown_hooks(self._manager, plugin)
            frameworks = tuple(self._call_frameworks(plugin))
            for framework in frameworks:
                _check_framework(framework)
                if framework.id in self._frameworks:
                    raise ValueError(f"The framework id '{framework.id}' is already taken by another plugin.")
        except BaseException:
            self._manager.unregister(plugin)
            raise
        return frameworks

    def _call_frameworks(self, plugin: Any) -> Iterable[Framework]:
        hook: pluggy.HookCaller = self._manager.hook.orchestra_frameworks
        for implementation in hook.get_hookimpls():
            if implementation.plugin is plugin:
                yield from cast(Iterable[Framework], implementation.function())


class _IncompatibleError(Exception):
    pass


def _check_version(plugin: Any) -> None:
    wanted = getattr(plugin, "ORCHESTRA_API", hookspecs.API_VERSION)
    if wanted != hookspecs.API_VERSION:
        raise _IncompatibleError(
            f"It needs version {wanted} of the plugin contract; this is version {hookspecs.API_VERSION}. "
            "Install a matching version of the plugin."
        )


def _refuse_unknown_hooks(manager: pluggy.PluginManager, plugin: Any) -> None:
    known = {name for name in dir(hookspecs) if name.startswith("orchestra_")}
    for name in dir(plugin):
        if name not in known and getattr(getattr(plugin, name), f"{manager.project_name}_impl", None):
            raise ValueError(f"It implements the hook '{name}', which does not exist; the hooks are {sorted(known)}.")


def _problem_of_environment(framework: Framework) -> str | None:
    """What keeps an environment from being built as declared; None if nothing does."""
    try:
        SpecifierSet(framework.python)
    except InvalidSpecifier:
        return f"'{framework.python[:40]}' is no version specifier of a Python"
    files = [*framework.requirements_by_python.values(), *framework.environment_files.values()]
    for path in (framework.requirements, framework.second_step, *files):
        if isinstance(path, Path) and not path.is_file():
            return f"its file '{path.name}' is missing"
    for place in framework.environment_files:
        if not stays_inside(place):
            return f"'{place[:60]}' would not lie inside its environment"
    for module in framework.imports:
        if not all(part.isidentifier() for part in module.split(".")):
            return f"'{module[:60]}' is no module"
    return None


def _check_framework(framework: object) -> None:
    if not isinstance(framework, Framework):
        raise TypeError(f"orchestra_frameworks must give Framework objects, not {type(framework).__name__}.")
    if not _IDENTIFIER.fullmatch(framework.id):
        raise ValueError(f"'{framework.id[:60]}' is no framework id: lower case letters, digits, '-' and '_'.")
    if framework.id in _RESERVED:
        raise ValueError(f"The id '{framework.id}' is a word of ours. Choose another.")
    if not framework.worker.exists():
        raise ValueError(f"The worker half of '{framework.id}' is missing: {framework.worker.name}.")
    if problem := _problem_of_environment(framework):
        raise ValueError(f"The declaration of '{framework.id}' cannot be used: {problem}.")
    try:
        jsonschema_rs.Draft202012Validator(dict(framework.config_schema))
    except ValueError as error:
        raise ValueError(f"The config schema of '{framework.id}' is no JSON Schema: {error}") from error
