"""What people have allowed an agent once and for all, kept in the agent's folder."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from collections.abc import Mapping
from typing import Any

_FILE = "approved.json"
ALLOW = "Allow it, now and later"
ONCE = "Allow it for this run"
REFUSE = "Do not allow it"


def command_of(server: Mapping[str, Any]) -> str:
    """The command of an MCP server as a person reads it: its variables by their names, since values are secrets."""
    variables = "".join(f"{one['name']}=… " for one in server.get("env", ()))
    return variables + shlex.join([server["command"], *server.get("args", ())])


def is_approved(folder: str, what: str) -> bool:
    """Whether exactly this was allowed before."""
    return _digest(what) in _read(folder)


def remember(folder: str, what: str) -> None:
    """Keep that exactly this was allowed."""
    path = os.path.join(folder, _FILE)
    approved = sorted({*_read(folder), _digest(what)})
    with open(f"{path}.{os.getpid()}", "w") as file:
        json.dump(approved, file)
    os.replace(file.name, path)


def _digest(what: str) -> str:
    return hashlib.sha256(what.encode("utf-8", "replace")).hexdigest()


def _read(folder: str) -> list[str]:
    try:
        with open(os.path.join(folder, _FILE)) as file:
            found: Any = json.load(file)
    except (OSError, ValueError):
        return []
    return [str(one) for one in found] if isinstance(found, list) else []  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
