"""Lets functionz' drafts build functions: a person sees each before it is added, and it is kept."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

PACKS = ("drafts/code_writing_functions", "drafts/self_build")
ADDER = "add_new_function"
_LISTS = ("imports", "dependencies", "triggers")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_MOST_BYTES = 1_000_000
# The package's own wants scikit-learn, to compare with vectors that nothing has written: it would find none, either.
INSTEAD = {"find_similar_function": "def find_similar_function(description, top_n=3):\n    return []\n"}


class NotAllowed(Exception):
    """A person said no to a function."""


class Builder:
    """The functions that an agent has built lie in its folder, one file for each."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._folder = Path(context.agent_folder, "functions")
        self.built: list[str] = []

    def prepare(self, instance: Any) -> list[str]:
        """Take what was built in earlier runs; its names."""
        return [name for name, function in self._kept() if self._add_kept(instance, name, function)]

    def _add_kept(self, instance: Any, name: str, function: Mapping[str, Any]) -> bool:
        wanted = self._is_allowed(f"May the function '{name}', which was built in an earlier run, be used?", function)
        if wanted:
            instance.registrar.add_function(name, **function)
        return wanted

    def add(self, instance: Any, given: Mapping[str, Any], replaceable: Collection[str]) -> str:
        """Ask for this function, add and keep it; its name. ValueError if it cannot be, NotAllowed if it may not."""
        name = given.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ValueError("A function needs a name, as Python has them.")
        if name not in replaceable and instance.db.get_function(name):
            raise ValueError(f"functionz has a function '{name}' of its own.")
        function = shaped(given)
        if not self._is_allowed(f"May the function '{name}' be added, and run?", function):
            raise NotAllowed(f"A person did not allow the function '{name}'.")
        instance.registrar.add_function(name, **function)
        self._keep(name, function)
        self.built.append(name)
        return name

    def _is_allowed(self, question: str, function: Mapping[str, Any]) -> bool:
        """Of the code and what it imports and calls; what was allowed for good is not asked for again."""
        names = [
            f"# {field}: {function[field]}" for field in ("imports", "dependencies", "triggers") if function[field]
        ]
        return asyncio.run(self._context.approve(question, "\n".join([*names, function["code"]])))

    def _keep(self, name: str, function: Mapping[str, Any]) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        new = self._folder / f".{name}.{os.getpid()}"
        new.write_text(json.dumps(function), "utf-8")
        new.replace(self._folder / f"{name}.json")

    def _kept(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for file in sorted(self._folder.glob("[!.]*.json")):
            try:
                function = json.loads(file.read_bytes()[:_MOST_BYTES])
            except (OSError, ValueError) as error:
                self._context.log(f"The function in {file.name} cannot be read: {error}", level="WARN")
                continue
            if _NAME.fullmatch(file.stem) and isinstance(function, dict):
                yield file.stem, shaped(function)


def shaped(given: Mapping[str, Any]) -> dict[str, Any]:
    """What a function is registered with, whatever a model has made of it; ValueError if it has no code."""
    code, metadata = given.get("code"), given.get("metadata")
    if not isinstance(code, str) or not code.strip():
        raise ValueError("A function needs code.")
    described = str(metadata.get("description") or "") if isinstance(metadata, Mapping) else ""
    kept = {**metadata, "description": described} if isinstance(metadata, Mapping) else {"description": described}
    return {"code": code, "metadata": kept, **{field: _texts(given.get(field)) for field in _LISTS}}


def _texts(given: Any) -> list[str]:
    return [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
