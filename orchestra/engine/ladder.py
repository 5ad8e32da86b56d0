"""Ends a worker step by step: the framework's own soft stop, SIGTERM, SIGKILL for all that is left."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from orchestra.engine.attempt import Attempt
from orchestra.engine.lifecycle import spoken
from orchestra.engine.process import WorkerProcess


async def descend(attempt: Attempt, worker: WorkerProcess, exited: "asyncio.Task[Any]") -> None:
    """Go down the ladder until the worker is gone; each step that was taken is noted on the attempt, with its time.

    A worker that had its last word is not asked: it is about to go, and is killed if it does not.
    """
    limits = attempt.limits
    began = asyncio.get_running_loop().time()

    def note(step: str, **more: object) -> None:
        seconds = round(asyncio.get_running_loop().time() - began, 3)
        attempt.ladder.append({"step": step, "afterSeconds": seconds, **more})

    if attempt.ending is None:
        note("soft_stop")
        worker.ask_softly()
        soft_seconds = min(limits.soft_stop_seconds, limits.grace_seconds)
        await asyncio.wait({exited}, timeout=soft_seconds)
        if exited.done():
            return
        note("terminate")
        worker.ask_to_stop()
        await asyncio.wait({exited}, timeout=limits.grace_seconds - soft_seconds)
    else:
        await asyncio.wait({exited}, timeout=limits.grace_seconds)
    if not exited.done():
        killed = await asyncio.to_thread(worker.kill_tree)
        attempt.killed += killed
        note("kill", processes=killed)


def told(steps: Sequence[Mapping[str, Any]], killed: int, left: int) -> str:
    """What was done to end a worker, in sentences for a person; empty if nothing was."""
    if not steps:
        return ""
    words = {"soft_stop": "asked to stop", "terminate": "sent SIGTERM after {}", "kill": "killed after {}"}
    parts = [words[str(step["step"])].format(spoken(float(step["afterSeconds"]))) for step in steps]
    ends = {0: "", 1: " One process was killed."}.get(killed, f" {killed} processes were killed.")
    rest = "Nothing of it is left." if left == 0 else f"{left} of its processes could not be ended."
    return f"It was {', '.join(parts)}.{ends} {rest}"
