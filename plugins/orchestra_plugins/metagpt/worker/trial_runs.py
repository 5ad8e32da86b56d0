"""Runs the tests that the company's QaEngineer has written."""

# MetaGPT is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from metagpt.actions import RunCode

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

# From the project's folder, as MetaGPT does it, and with its two folders to import from.
_START = (
    "import os, runpy, sys; os.chdir(sys.argv[1]); sys.path[:0] = sys.argv[2].split(os.pathsep); "
    "sys.argv = sys.argv[3:]; runpy.run_path(sys.argv[0], run_name='__main__')"
)


def run_here(timeout_seconds: float, context: Context) -> None:
    """Let RunCode use the environment's own Python, and install nothing: MetaGPT would run pip for the program."""

    async def run_script(
        self: Any, working_directory: Any, additional_python_paths: Sequence[Any] = (), command: Sequence[str] = ()
    ) -> tuple[str, str]:
        places = os.pathsep.join([str(working_directory), *map(str, additional_python_paths)])
        arguments = [sys.executable, "-I", "-B", "-c", _START, str(working_directory), places, *map(str, command[1:])]
        with context.step(" ".join(command), type="tool", arguments=list(command)) as step:
            finished = await asyncio.to_thread(context.execute, arguments, timeout_seconds)
            step.result(exitCode=finished.exit_code, output=finished.output, errors=finished.errors)
        if finished.exit_code is None:
            return finished.output, f"{finished.errors}\nIt was stopped after {timeout_seconds:g} seconds."
        return finished.output, finished.errors

    RunCode.run_script = run_script
