"""Stands in for the packages that MetaGPT imports and that nothing here needs, such as pandas and a vendor's SDK."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from types import ModuleType
from typing import Any

_PACKAGES = frozenset({"PIL", "anthropic", "bs4", "docx", "pandas"})


def install() -> None:
    """Let those packages be imported; one that is really there, as in a project's own environment, goes first."""
    sys.meta_path.append(_Finder())


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in _PACKAGES:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing in it."""


class _StandIn(ModuleType):
    """Has every name, as a class that nobody can make anything of."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        package = self.__name__.partition(".")[0]

        def refuse(_: object, *arguments: object, **options: object) -> None:
            raise ImportError(f"{self.__name__}.{name} is not here: '{package}' is left out of MetaGPT's environment")

        made = type(name, (), {"__init__": refuse})
        setattr(self, name, made)
        return made
