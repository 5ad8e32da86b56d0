"""Settles what CrewAI does of itself: it reports nothing, asks for no account, and keeps its files where a run may."""

# CrewAI is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

_SWITCHES = {
    "CREWAI_DISABLE_TELEMETRY": "true",
    "CREWAI_DISABLE_TRACKING": "true",
    "CREWAI_TRACING_ENABLED": "false",
    "CREWAI_DISABLE_VERSION_CHECK": "true",
    "OTEL_SDK_DISABLED": "true",
    "ANONYMIZED_TELEMETRY": "false",
    "OPENBLAS_NUM_THREADS": "1",  # numpy's threads would forbid to fork workers from a loaded process
}


@contextlib.contextmanager
def apart() -> Generator[None, None, None]:
    """For as long as CrewAI is imported: its home is a folder that goes, and no `.env` above it is looked for."""
    os.environ.update(_SWITCHES)
    place = tempfile.mkdtemp(prefix="orchestra-crewai-")
    changed = {"HOME": place, "CREWAI_STORAGE_DIR": place, "PYTHON_DOTENV_DISABLED": "true"}
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    try:
        yield
        _keep_no_account()
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        shutil.rmtree(place, ignore_errors=True)


def keep_files_in(folder: str) -> None:
    """Have memories, knowledge and states of flows kept below a folder, which CrewAI had to know at its import."""
    place = Path(folder, "crewai")
    os.environ["CREWAI_STORAGE_DIR"] = str(place)
    for name, path in (("crewai.rag.chromadb.config", place), ("crewai.rag.qdrant.config", place / "qdrant")):
        if name in sys.modules:
            sys.modules[name].DEFAULT_STORAGE_PATH = str(path)  # pyright: ignore[reportAttributeAccessIssue]


def print_nothing() -> None:
    """CrewAI draws no boxes for a terminal, of what is shown as events."""
    from crewai.events.event_listener import event_listener
    from crewai_core.printer import set_suppress_console_output

    event_listener.formatter.console.quiet = True
    set_suppress_console_output(True)


def _keep_no_account() -> None:
    """Nobody is signed in to CrewAI's own service, and no key for it is written into the run's folder."""
    from crewai.events.event_context import MismatchBehavior, _default_config  # pyright: ignore[reportPrivateUsage]
    from crewai_core.token_manager import TokenManager

    _default_config.mismatch_behavior = _default_config.empty_pop_behavior = MismatchBehavior.SILENT
    logging.getLogger("crewai.llms.base_llm").setLevel(logging.ERROR)  # else each call says that tokens are estimated
    TokenManager._get_or_create_key = lambda self: b"A" * 43 + b"="  # it encrypts nothing here  # pyright: ignore[reportPrivateUsage]
    TokenManager.get_token = lambda self: None
