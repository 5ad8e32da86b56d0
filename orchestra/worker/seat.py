"""Makes this process the worker of one job: folder, output files, environment, and the right to begin at all."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

from . import protocol
from .journal import is_for_want_of_room

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, prctl(2)


def take(job: Mapping[str, Any]) -> bool:
    """Take the job's ticket and become its process; False if the ticket was taken back, so that nothing may begin.

    Renaming is what decides: of a worker that comes late and a restarted server that takes the ticket back, one wins.
    """
    ticket = os.path.join(job["journal"], protocol.ticket_name(job["ticket"]))
    try:
        with open(ticket, "r+") as file:
            file.write(f"{os.getpid()} {protocol.start_ticks(os.getpid())}\n")
        os.rename(ticket, os.path.join(job["journal"], protocol.WORKER))
    except OSError as error:
        if is_for_want_of_room(error):
            os._exit(protocol.DISK_FULL_EXIT)
        return False
    _mark(job["id"])
    _point_to_gateway(job)
    os.environ["HOME"] = job["folder"]
    os.chdir(job["folder"])
    _redirect(1, os.path.join(job["journal"], protocol.STDOUT))
    _redirect(2, os.path.join(job["journal"], protocol.STDERR))
    return True


def leave() -> None:
    """Be no execution's process any more: what is done to the last one's must not meet who waits for the next."""
    _mark(protocol.NO_EXECUTION)


def keep_descendants() -> None:
    """On Linux, let orphans of this process come to it instead of init, so that they stay in its tree."""
    if sys.platform != "linux":
        return
    try:
        _libc().prctl(_SUBREAPER, 1, 0, 0, 0)
    except (OSError, AttributeError):
        pass  # the environment's marker finds them too


def look_ahead() -> None:
    """Look up now what each process that is forked from this one would look up anew."""
    if sys.platform == "linux":
        _address_of_marker()


def _mark(execution_id: str) -> None:
    """Carry the execution's marker, for what is started from here and for who looks at this process from outside."""
    if sys.platform == "linux":
        _overwrite_marker(execution_id.encode())
    os.environ[protocol.MARKER] = execution_id


def _overwrite_marker(marker: bytes) -> None:
    """Write into the block that the process was started with: it is what the system shows of the environment."""
    address = _address_of_marker()
    if address and len(ctypes.string_at(address)) == len(marker):
        ctypes.memmove(address, marker, len(marker))


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)


@cache
def _address_of_marker() -> int | None:
    """Looked up once, for the first job: as soon as Python has set it, getenv finds a copy elsewhere."""
    try:
        getenv = _libc().getenv
        getenv.restype = ctypes.c_void_p
        getenv.argtypes = [ctypes.c_char_p]
        return getenv(protocol.MARKER.encode())
    except (OSError, AttributeError):
        return None  # its descendants carry the marker all the same


def _point_to_gateway(job: Mapping[str, Any]) -> None:
    """The variables by which openai clients, old (0.27) and new, and those of anthropic find the gateway."""
    url = job["gateway_url"]
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE"):
        os.environ[name] = url
    os.environ["ANTHROPIC_BASE_URL"] = url[: -len("/v1")] if url.endswith("/v1") else url  # it adds the /v1 itself
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        os.environ[name] = job["gateway_key"]


def _redirect(descriptor: int, path: str) -> None:
    opened = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    os.dup2(opened, descriptor)
    os.close(opened)
