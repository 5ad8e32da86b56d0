"""Conversations over several runs: what was asked and answered, and the files, by the thread's name."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from pathlib import Path

from .files import MAX_BYTES, stamps

_FILE = "thread.json"
_MOST_TURNS = 100

Turn = tuple[str, str]  # a task, and its answer


class Thread:
    def __init__(self, name: str, agent_folder: str) -> None:
        digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()
        self._place = Path(agent_folder, "threads", digest)
        self.turns: list[Turn] = []

    def restore(self, folder: str) -> list[str]:
        """Put the thread's files into the run's folder, and give their names; a new thread has none."""
        try:
            kept = json.loads((self._place / _FILE).read_text("utf-8"))
        except FileNotFoundError:
            return []
        self.turns = [(str(task), str(answer)) for task, answer in kept["turns"]]
        files = self._place / kept["files"]
        shutil.copytree(files, folder, dirs_exist_ok=True)
        return list(stamps(str(files)))

    def keep(self, task: str, answer: str, folder: str) -> None:
        """Keep it as it is now, with this turn, whole or not at all. ValueError if its files are too large."""
        names = stamps(folder)
        if sum(size for size, _ in names.values()) > MAX_BYTES:
            raise ValueError(f"Its files have more than {MAX_BYTES:,} bytes together.")
        files = self._place / uuid.uuid4().hex
        for name in names:
            (files / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(Path(folder, name), files / name)
        files.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.turns = [*self.turns, (task, answer)][-_MOST_TURNS:]
        new = self._place / f"{_FILE}.{os.getpid()}"
        new.write_text(json.dumps({"turns": self.turns, "files": files.name}), "utf-8")
        new.replace(self._place / _FILE)
        self._sweep(files.name)

    def _sweep(self, used: str) -> None:
        for one in self._place.iterdir():
            if one.is_dir() and one.name != used:
                shutil.rmtree(one, ignore_errors=True)
