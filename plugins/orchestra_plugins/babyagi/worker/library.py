"""Imports functionz with a database in memory, and nothing of it on the disk."""

# babyagi is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

import sqlalchemy
from sqlalchemy.pool import StaticPool

_NAME = "babyagi"
_PARTS = ("functionz", "functionz.core", "functionz.core.framework", "functionz.core.execution")


def loaded(packs: Sequence[str], instead: Mapping[str, str]) -> Any:
    """The package `babyagi`, with its default functions and those of the packs; once for each process.

    `instead` has source code for functions, by their names, that takes the place of what is there before the packs.
    """
    with _in_passing_folder(), _in_memory(), quiet(), _untriggered(_executor_class()):
        package = importlib.import_module(_NAME)
        instance = package.get_func_instance()
        for name, code in instead.items():
            instance.db.remove_function(name)  # an older version's imports would be wanted, too
            instance.registrar.add_function(name, metadata={"description": name}, code=code)
        for pack in packs:
            package.load_functions(pack)
    return package


def _executor_class() -> Any:
    """functionz' own, before the package's first import, which registers functions, begins.

    Packs import functionz under a name of its own; that, too, is made to be this one.
    """
    spec = importlib.util.find_spec(_NAME)
    if spec is None or spec.submodule_search_locations is None:
        raise ImportError("The package babyagi is not in this environment.")
    standing_in = sys.modules[_NAME] = ModuleType(_NAME)
    standing_in.__path__ = list(spec.submodule_search_locations)
    try:
        for part in _PARTS:
            sys.modules[part] = importlib.import_module(f"{_NAME}.{part}")
    finally:
        del sys.modules[_NAME]
    return sys.modules[_PARTS[-1]].FunctionExecutor


@contextlib.contextmanager
def _untriggered(executor_class: Any) -> Iterator[None]:
    """Packs' functions are described already; to trigger what describes functions takes most of the time."""
    original = executor_class.execute
    executor_class.execute = lambda *_, **__: None
    try:
        yield
    finally:
        executor_class.execute = original


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """It prints what it registers, and its encryption key."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield


@contextlib.contextmanager
def _in_passing_folder() -> Iterator[None]:
    """Where it writes the key that it encrypts secrets with, which are kept in memory here."""
    folder = os.getcwd()  # noqa: PTH109 - as it is, to go back to
    with tempfile.TemporaryDirectory(prefix="functionz-") as passing:
        os.chdir(passing)
        try:
            yield
        finally:
            os.chdir(folder)


@contextlib.contextmanager
def _in_memory() -> Iterator[None]:
    """One database for all its instances: packs register their functions at one of them, and run at another."""
    original = sqlalchemy.create_engine
    engine = original("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    sqlalchemy.create_engine = lambda *_, **__: engine
    try:
        yield
    finally:
        sqlalchemy.create_engine = original
