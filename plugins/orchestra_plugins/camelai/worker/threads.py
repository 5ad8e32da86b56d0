"""Keeps conversations: the memory of an agent, by the name of its thread, in the agent's folder."""

# CAMEL is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from camel.memories.records import MemoryRecord
from camel.storages import JsonStorage
from camel.types import OpenAIBackendRole


def restore(agent: Any, thread: str, agent_folder: str) -> None:
    """Go on where the thread was left; a new one begins empty. What the agent is told of itself is the present."""
    path = _path(thread, agent_folder)
    if not path.exists():
        return
    for record in map(MemoryRecord.from_dict, JsonStorage(path).load()):
        if record.role_at_backend != OpenAIBackendRole.SYSTEM:
            agent.memory.write_record(record)


def keep(agent: Any, thread: str, agent_folder: str) -> None:
    """Keep the thread as it is now, whole or not at all."""
    path = _path(thread, agent_folder)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    new = path.with_suffix(f".{os.getpid()}")
    agent.save_memory(str(new))
    new.replace(path)


def _path(thread: str, agent_folder: str) -> Path:
    return Path(agent_folder, "threads", hashlib.sha256(thread.encode("utf-8", "replace")).hexdigest() + ".json")
