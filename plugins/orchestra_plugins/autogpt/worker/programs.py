"""Runs programs in the workspace, in place of AutoGPT's commands: those want Docker, or lose what a program says."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_IN_FOLDER = 'cd "$0" && exec "$@"'


def own_commands(command_class: Any, workspace: Any, context: Context, timeout_seconds: float) -> list[Any]:
    """AutoGPT's two names for it, as commands of its registry."""
    programs = Programs(context, workspace.WORKSPACE_PATH, workspace.path_in_workspace, timeout_seconds)
    return [
        command_class(
            "execute_python_file", "Execute Python File", programs.execute_python_file, '"filename": "<filename>"'
        ),
        command_class(
            "execute_shell",
            "Execute Shell Command, non-interactive commands only",
            programs.execute_shell,
            '"command_line": "<command_line>"',
        ),
    ]


class Programs:
    def __init__(self, context: Context, folder: Path, path_of: Callable[[str], Path], timeout_seconds: float) -> None:
        self._context = context
        self._folder = folder
        self._path_of = path_of
        self._timeout_seconds = timeout_seconds

    def execute_python_file(self, filename: str) -> str:
        path = self._path_of(filename)
        if path.suffix != ".py" or not path.is_file():
            return f"Error: There is no Python file '{filename}'."
        return self._run([sys.executable, "-u", "-B", "-X", "utf8", str(path)])

    def execute_shell(self, command_line: str) -> str:
        return self._run(["/bin/sh", "-c", command_line])

    def _run(self, arguments: Sequence[str]) -> str:
        """What the program said, with an error in front if it did not end well."""
        finished = self._context.execute(
            ["/bin/sh", "-c", _IN_FOLDER, str(self._folder), *arguments], self._timeout_seconds
        )
        said = [finished.output.rstrip(), f"STDERR:\n{finished.errors.rstrip()}" if finished.errors.strip() else ""]
        text = "\n".join(one for one in said if one) or "It printed nothing."
        if finished.exit_code is None:
            return f"Error: It was stopped after {self._timeout_seconds:g} seconds.\n{text}"
        return text if finished.exit_code == 0 else f"Error: It ended with exit code {finished.exit_code}.\n{text}"
