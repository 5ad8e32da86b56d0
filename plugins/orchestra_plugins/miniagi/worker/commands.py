"""What the agent can do: each command takes its argument and gives an observation, also of what went wrong."""

from __future__ import annotations

import shutil
import stat
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from . import prompts
from .documents import NotReadableError, text_of
from .memory import Memory
from .pages import hits_of, search_address
from .text import beginning

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context, Finished

MAX_FILE_BYTES = 20_000_000
MAX_TEXT_CHARACTERS = 200_000
_MAX_HITS = 8
_FETCH_FAILED = "Error: "  # how the tool `fetch` begins what went wrong


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
            "web_search": self._search,
        }

    def perform(self, command: str, argument: str) -> str:
        """The observation; a fault in what the agent asked for is one too, so that it can do better."""
        try:
            return self._by_name[command](argument)
        except (OSError, ValueError, NotReadableError) as error:
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
        return self._read(argument)

    def _process(self, argument: str) -> str:
        instruction, bar, source = argument.rpartition("|")
        if not bar or not instruction.strip() or not source.strip():
            return "The argument must be an instruction, a vertical bar, and the path of a file."
        data = self._memory.shrunk(self._read(source), self._max_context)
        return self._ask(prompts.process(instruction.strip(), data)).strip()

    def _read(self, source: str) -> str:
        """The text of a page of the public web, or of a file."""
        name = source.strip().strip("\"'`")
        if name.lower().startswith(("http://", "https://")):
            return _shown(text_of(self._page(name).encode("utf-8", "replace"), name))
        path = Path(self._context.folder, name)
        data = file_bytes(path, name)
        return self._pdf(path, name) if data.startswith(b"%PDF-") else _shown(text_of(data, name))

    def _pdf(self, path: Path, name: str) -> str:
        program = shutil.which("pdftotext")
        if program is None:
            raise NotReadableError(
                f"'{name}' is a PDF file, and this machine has no pdftotext (of Poppler) to read it."
            )
        finished = self._context.execute([program, "-layout", "-enc", "UTF-8", str(path), "-"], self._timeout_seconds)
        if finished.exit_code != 0:
            raise NotReadableError(f"pdftotext could not read '{name}': {beginning(finished.errors.strip(), 500)}")
        return finished.output.replace("\f", "\n").strip()

    def _search(self, words: str) -> str:
        if not words.strip():
            raise NotReadableError("there are no words to search for.")
        hits = hits_of(self._page(search_address(" ".join(words.split()))))[:_MAX_HITS]
        if not hits:
            raise NotReadableError("the search engine gave no results. Try other words, or read a page that you know.")
        return "\n\n".join(f"{hit.title}\n{hit.address}\n{hit.summary}".strip() for hit in hits)

    def _page(self, address: str) -> str:
        (fetch,) = self._context.tools(["fetch"])
        found = str(fetch(address))
        if found.startswith(_FETCH_FAILED):
            raise NotReadableError(beginning(found[len(_FETCH_FAILED) :], 2000))
        return found


def file_bytes(path: Path, name: str) -> bytes:
    """The beginning of a file; what could block for ever, such as a pipe, is refused."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise NotReadableError(f"'{name}' is not a file.")
    with path.open("rb") as file:
        return file.read(MAX_FILE_BYTES)


def _shown(text: str) -> str:
    if len(text) <= MAX_TEXT_CHARACTERS:
        return text
    return f"{text[:MAX_TEXT_CHARACTERS]}\n[only the first {MAX_TEXT_CHARACTERS:,} characters are shown]"


def _observation(finished: Finished, timeout_seconds: float) -> str:
    parts = [finished.output.rstrip()] if finished.output.strip() else []
    if finished.errors.strip():
        parts.append(f"STDERR:\n{finished.errors.rstrip()}")
    if finished.exit_code is None:
        parts.append(f"It was stopped after {timeout_seconds:g} seconds, with everything that it had started.")
    elif finished.exit_code:
        parts.append(f"It ended with exit code {finished.exit_code}.")
    return "\n".join(parts) or "It ended well and printed nothing."
