"""Loads one plugin and checks what it brings, within a time, whatever it does meanwhile.

Each has a pluggy manager of its own and is loaded in a thread of its own: pluggy's own loader stops at the first bad
plugin, one raising hook implementation spoils the others' results, and a thread that hangs can be left behind.
"""

import importlib.metadata
import re
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import jsonschema_rs
import pluggy
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from orchestra import hookspecs
from orchestra.domain.frameworks import Framework, stays_inside
from orchestra.domain.plugins import PluginState

_RESERVED = frozenset({"doctor", "unused"})  # they stand where an id would, in addresses
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_ERROR_CHARACTERS = 600


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of one plugin; `error` is a sentence unless it is loaded."""

    frameworks: Sequence[Framework] = ()
    state: PluginState = PluginState.LOADED
    error: str | None = None
    load_ms: float = 0.0


def load(entry_point: importlib.metadata.EntryPoint, patience_seconds: float) -> Loaded:
    """Import a plugin and ask it for its frameworks; never raises for its fault.

    One that takes longer than it may is left to itself: what it brings later is not used.
    """
    if not _NAME.fullmatch(entry_point.name):
        words = f"'{entry_point.name[:60]}' is no name for a plugin: letters, digits, '.', '-' and '_'."
        return Loaded(state=PluginState.FAILED, error=words)
    results: list[Loaded] = []
    began = time.perf_counter()
    thread = threading.Thread(target=lambda: results.append(_load(entry_point)), name="plugin", daemon=True)
    thread.start()
    thread.join(patience_seconds)
    passed_ms = round((time.perf_counter() - began) * 1000, 1)
    if not results:
        words = f"It was not loaded within {patience_seconds:g} seconds. Its import must not wait for anything."
        return Loaded(state=PluginState.FAILED, error=words, load_ms=passed_ms)
    return Loaded(results[0].frameworks, results[0].state, results[0].error, passed_ms)


def _load(entry_point: importlib.metadata.EntryPoint) -> Loaded:
    try:
        plugin = entry_point.load()
        _check_version(plugin)
        return Loaded(_frameworks_of(plugin))
    except _IncompatibleError as incompatible:
        return Loaded(state=PluginState.INCOMPATIBLE, error=str(incompatible))
    except BaseException as fault:  # noqa: BLE001 - a plugin may raise anything, and call sys.exit
        return Loaded(state=PluginState.FAILED, error=_words_of(fault))


def _words_of(fault: BaseException) -> str:
    try:
        words = f"{type(fault).__name__}: {fault}"
    except Exception:  # noqa: BLE001 - an error of its own making may not even be printable
        words = type(fault).__name__
    return words if len(words) <= _ERROR_CHARACTERS else f"{words[:_ERROR_CHARACTERS]}…"


def _frameworks_of(plugin: Any) -> tuple[Framework, ...]:
    """The plugin's frameworks, if all of them are sound."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin)
    _refuse_unknown_hooks(manager, plugin)
    hook: pluggy.HookCaller = manager.hook.orchestra_frameworks
    found = tuple(
        framework
        for implementation in hook.get_hookimpls()
        for framework in cast(Iterable[Framework], implementation.function())
    )
    for framework in found:
        _check_framework(framework)
    return found


class _IncompatibleError(Exception):
    pass


def _check_version(plugin: Any) -> None:
    wanted = getattr(plugin, "ORCHESTRA_API", hookspecs.API_VERSION)
    if wanted != hookspecs.API_VERSION:
        raise _IncompatibleError(
            f"It needs version {str(wanted)[:20]} of the plugin contract; this is version {hookspecs.API_VERSION}. "
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
