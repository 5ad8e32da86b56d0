"""Keeps conversations: the state of an agent or team, by the name of its thread, in the agent's folder."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any


async def restore(runnable: Any, thread: str, agent_folder: str) -> None:
    """Go on where the thread was left; a new one begins empty."""
    path = _path(thread, agent_folder)
    if path.exists():
        await runnable.load_state(json.loads(path.read_text("utf-8")))


async def keep(runnable: Any, thread: str, agent_folder: str) -> None:
    """Keep the thread as it is now, whole or not at all."""
    path = _path(thread, agent_folder)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    new = path.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps(await runnable.save_state(), default=str), "utf-8")
    new.replace(path)


def _path(thread: str, agent_folder: str) -> Path:
    return Path(agent_folder, "threads", hashlib.sha256(thread.encode("utf-8", "replace")).hexdigest() + ".json")
