"""Opens the files of a memory only once something is remembered or looked for: every flow makes one, few use it."""

# CrewAI is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import threading
from typing import Any

from crewai.memory.storage.factory import set_memory_storage_factory

_DEFAULT, _OTHER = "lancedb", "qdrant-edge"


def open_late() -> None:
    """From now on; LanceDB alone takes two seconds to import."""
    set_memory_storage_factory(lambda kind: None if kind == _OTHER else LateStorage(kind))


class LateStorage:
    """Stands for the LanceDB storage that CrewAI would have opened: at its own place, or at a path."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._lock = threading.Lock()
        self._opened: Any = None

    def close(self) -> None:
        if self._opened is not None and hasattr(self._opened, "close"):
            self._opened.close()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # copying asks for what is not there
            raise AttributeError(name)
        return getattr(self._open(), name)

    def _open(self) -> Any:
        with self._lock:
            if self._opened is None:
                from crewai.memory.storage.lancedb_storage import LanceDBStorage

                self._opened = LanceDBStorage() if self._kind == _DEFAULT else LanceDBStorage(path=self._kind)
            return self._opened
