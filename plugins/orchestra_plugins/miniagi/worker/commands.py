"""What the agent can do: each command takes its argument and gives an observation, also of what went wrong."""

from __future__ import annotations

import stat
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from . import prompts
from .memory import Memory

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context, Finished

MAX_FILE_BYTES = 200_000


class Commands:
    """The commands that change or read the world; talking and ending are the loop's own."""

    def __init__(
        self, context: Context, ask: Callable[[str], str], memory: Memory, max_context: int, timeout_seconds: float
    ) -> None:
        self._context = context
        self._ask = ask
        self._memory = memory
        self._max_context = max_context
        self._timeout_seconds = timeout_seconds
        self._by_name: Mapping[str, Callable[[str], str]] = {
            "memorize_thoughts": lambda thoughts: thoughts or "There were no thoughts to memorize.",
            "execute_python": self._python,
            "execute_shell": self._shell,
            "ingest_data": self._ingest,
            "process_data": self._process,
        }

    def perform(self, command: str, argument: str) -> str:
        """The observation; a fault in what the agent asked for is one too, so that it can do better."""
        try:
            return self._by_name[command](argument)
        except (OSError, ValueError, _RefusedError) as error:
            return f"The command failed: {error}"

    def _python(self, code: str) -> str:
        # A file and not `-c`, whose length is limited; outside the run's folder, which holds the agent's own files.
        with tempfile.TemporaryDirectory(prefix="miniagi-") as folder:
            path = Path(folder, "program.py")
            path.write_bytes(code.encode("utf-8", "replace"))
            return self._run([sys.executable, "-I", "-u", "-X", "utf8", str(path)])

    def _shell(self, command: str) -> str:
        return self._run(["/bin/sh", "-c", command])

    def _run(self, arguments: list[str]) -> str:
        return _observation(self._context.execute(arguments, self._timeout_seconds), self._timeout_seconds)

    def _ingest(self, argument: str) -> str:
        return read_text(self._context.folder, argument)

    def _process(self, argument: str) -> str:
        instruction, bar, source = argument.rpartition("|")
        if not bar or not instruction.strip() or not source.strip():
            return "The argument must be an instruction, a vertical bar, and the path of a file."
        data = self._memory.shrunk(read_text(self._context.folder, source), self._max_context)
        return self._ask(prompts.process(instruction.strip(), data)).strip()


class _RefusedError(Exception):
    """A sentence for the agent on what cannot be read."""


def read_text(folder: str, source: str) -> str:
    """The text of a file; a relative path starts at the run's folder."""
    name = source.strip().strip("\"'`")
    if name.lower().startswith(("http://", "https://")):
        raise _RefusedError("pages cannot be read yet, since network access comes later. Give the path of a file.")
    path = Path(folder, name)
    if not stat.S_ISREG(path.stat().st_mode):  # a pipe or device could block for ever
        raise _RefusedError(f"'{name}' is not a file.")
    with path.open("rb") as file:
        data = file.read(MAX_FILE_BYTES + 1)
    if data.startswith(b"%PDF-") or b"\0" in data:
        raise _RefusedError(f"'{name}' is not a text file; only text can be read.")
    text = data[:MAX_FILE_BYTES].decode("utf-8-sig", "replace")
    return f"{text}\n[only the first {MAX_FILE_BYTES:,} bytes are shown]" if len(data) > MAX_FILE_BYTES else text


def _observation(finished: Finished, timeout_seconds: float) -> str:
    parts = [finished.output.rstrip()] if finished.output.strip() else []
    if finished.errors.strip():
        parts.append(f"STDERR:\n{finished.errors.rstrip()}")
    if finished.exit_code is None:
        parts.append(f"It was stopped after {timeout_seconds:g} seconds, with everything that it had started.")
    elif finished.exit_code:
        parts.append(f"It ended with exit code {finished.exit_code}.")
    return "\n".join(parts) or "It ended well and printed nothing."
