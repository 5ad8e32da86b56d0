"""Ends what a run has left behind: its orphans come to the worker, which Linux calls a subreaper."""

from __future__ import annotations

import os
import signal
import time

_PASSES = 50


def kill_descendants() -> None:
    """Kill every process below this one; what forks meanwhile is found on the next pass. Linux only."""
    for _ in range(_PASSES):
        found = _descendants(os.getpid())
        if not found:
            return
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass  # gone meanwhile
        _reap()
        time.sleep(0.002)


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    for child in children_of(pid):
        found.append(child)
        found.extend(_descendants(child))
    return found


def children_of(pid: int) -> list[int]:
    """The direct children of a process, zombies too; none where the system does not tell."""
    children: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                children.extend(map(int, file.read().split()))
    except (OSError, ValueError):
        pass  # no such system, or the process has gone
    return children


def _reap() -> None:
    """Zombies count as children until somebody asks how they ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except OSError:
        pass  # there are none
