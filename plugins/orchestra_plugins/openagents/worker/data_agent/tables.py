"""The files of a run as tables of one database, and as words for the models; kept up to date as files change."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .files import Stamp, changed, stamps

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_PROGRAMS = Path(__file__).resolve().parent / "programs"
_MOST_FILES = 200
_MOST_COLUMNS = 200
_MOST_DESCRIBED = 20_000  # characters


def command(program: str, *arguments: str) -> list[str]:
    """How to start one of the programs beside this file, in the framework's Python."""
    return [sys.executable, "-I", "-X", "utf8", str(_PROGRAMS / program), *arguments]


class Tables:
    def __init__(self, context: Context, place: str, timeout_seconds: float) -> None:
        self.database = str(Path(place, "tables.db"))
        self._context = context
        self._timeout_seconds = timeout_seconds
        self._seen: dict[str, Stamp] = {}
        self._told: dict[str, Mapping[str, Any]] = {}

    def refresh(self) -> None:
        """Load the files that are new or have changed since the last time, and forget those that are gone."""
        now = stamps(self._context.folder)
        files = changed(self._seen, now)[:_MOST_FILES]
        self._seen = now
        self._told = {name: told for name, told in self._told.items() if name in now}
        if not files:
            return
        with self._context.step("Look at files", type="step", arguments=files) as step:
            finished = self._context.execute(
                command("load_tables.py", self.database, *files), timeout=self._timeout_seconds
            )
            for line in finished.output.splitlines():
                self._note(line)
            left = [file for file in files if file not in self._told]
            for file in left:
                self._told[file] = {"problem": finished.errors.strip()[-300:] or "it took too long to be read"}
            step.result(result=self.description)

    def _note(self, line: str) -> None:
        try:
            told = json.loads(line)
        except ValueError:
            return
        if isinstance(told, dict) and isinstance(told.get("file"), str):
            self._told[told["file"]] = told

    @property
    def description(self) -> str:
        """What each file holds: tables with columns and first rows, or the beginning of a text."""
        text = "\n\n".join(_described({**told, "file": name}) for name, told in sorted(self._told.items()))
        if len(text) > _MOST_DESCRIBED:
            text = text[:_MOST_DESCRIBED] + "\n… (more files)"
        return text or "(There are no files.)"


def _described(told: Mapping[str, Any]) -> str:
    if "problem" in told:
        return f"File {told['file']}: it cannot be read as a table ({told['problem']})"
    if "tables" not in told:
        beginning = told.get("text") or ""
        return f"File {told['file']}" + (f", which begins:\n{beginning}" if beginning else "")
    return "\n".join([f"File {told['file']}", *(_table(one) for one in told["tables"])])


def _table(table: Mapping[str, Any]) -> str:
    columns = ", ".join(f"{name} ({kind.lower() or 'any'})" for name, kind in table["columns"][:_MOST_COLUMNS])
    rows = "\n".join("  " + " | ".join("NULL" if one is None else one for one in row) for row in table["first"])
    return f"Table {table['name']}: {table['rows']:,} rows; columns: {columns}\n  First rows:\n{rows}"
