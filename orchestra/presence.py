"""Tells which server runs on a data folder, and how to reach it: a small file that only its owner can read."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from orchestra.worker import protocol

_FILE = "server.json"


@dataclass(frozen=True, slots=True)
class Presence:
    """A running server: its address, and a key that lives as long as it does.

    `started` tells its process from one that gets the same pid later: by the boot clock in ticks on Linux, elsewhere in
    seconds since 1970.
    """

    pid: int
    started: float
    url: str
    key: str


def presence_of_this_process(url: str, key: str) -> Presence:
    return Presence(os.getpid(), _started_of(os.getpid()), url, key)


def announce(data_dir: Path, presence: Presence) -> None:
    """Write the file, readable by nobody else from its first byte on."""
    path = data_dir / _FILE
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    with os.fdopen(os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(presence), file)
    temporary.replace(path)


def withdraw(data_dir: Path) -> None:
    (data_dir / _FILE).unlink(missing_ok=True)


def find(data_dir: Path) -> Presence | None:
    """The server that runs on the folder; None if there is none, or only the trace of one that was killed."""
    try:
        presence = Presence(**json.loads((data_dir / _FILE).read_text()))
        is_it = abs(_started_of(presence.pid) - presence.started) < 1.0
        alive = is_it and psutil.Process(presence.pid).status() != psutil.STATUS_ZOMBIE
    except (OSError, ValueError, TypeError, psutil.Error):
        return None
    return presence if alive else None


def _started_of(pid: int) -> float:
    """Not by the wall clock where that can be helped: when it is set, a server would not be known again."""
    return float(protocol.start_ticks(pid)) or psutil.Process(pid).create_time()
