"""Shows an execution while it runs: its log lines as they come, and a line of progress below."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import click

from orchestra.cli.output import ProgressLine, harmless, local_time
from orchestra.client import Client, StreamEvent
from orchestra.client.executions import ExecutionDetailed, Priority

_LONGEST = 2000


def line_for(event: StreamEvent) -> str | None:
    """One event as a line for a person; None for those that are only progress."""
    message, details = event.message, event.data
    text = harmless(message if len(message) <= _LONGEST else message[:_LONGEST] + " …")
    clock = local_time(event.timestamp)
    if event.kind == "log":
        return f"{clock} {event.level or 'INFO':5} {text}"
    if event.kind == "message":
        speaker = harmless(str(details.get("name") or details.get("role") or "agent"))
        return f"{clock} {speaker}: {text}"
    if event.kind == "step_started" and details.get("type") == "tool":
        return f"{clock} > {text}"
    if event.kind == "question":
        choices = "".join(f"\n         {harmless(str(choice))}" for choice in details.get("choices") or ())
        return f"{clock} ? {text}{choices}\n         ('orchestra answer EXECUTION TEXT' answers it)"
    if event.kind == "answer":
        by = details.get("by")
        return f"{clock} {harmless(str(by.get('name')))} answers: {text}" if isinstance(by, dict) else f"{clock} {text}"
    if event.kind == "status":
        return f"{clock} {details.get('status', '')}: {text}"
    return None


class Follower:
    """Reads a stream to its end, telling lines to `tell` and progress to the terminal."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._progress = ProgressLine()
        self._began = time.monotonic()
        self._tokens = 0
        self._step = "starting"
        self._last_id = ""

    def follow(self, client: Client, execution_id: str) -> None:
        """Return when the execution ended; called again, go on where it was interrupted."""
        for event in client.executions.stream(execution_id, last_id=self._last_id):
            self._last_id = event.id
            line = line_for(event)
            if line is not None:
                self._progress.clear()
                self._tell(line)
            self._note(event)
            self._progress.show(
                f"{time.monotonic() - self._began:4.0f} s · {self._tokens} tokens streamed · {self._step}"
            )
        self._progress.clear()

    def _note(self, event: StreamEvent) -> None:
        if event.kind == "token":
            self._tokens += 1
        elif event.kind == "step_started":
            self._step = event.message


def run_and_follow(
    client: Client,
    agent_id: str,
    given: Mapping[str, Any],
    tell: Callable[[str], None],
    priority: Priority | None = None,
) -> ExecutionDetailed:
    """Start an execution and follow it; the execution as it ended. Ctrl-C cancels it and follows to that end."""
    execution_id = client.executions.start(agent_id, input=given, priority=priority)["executionId"]
    follower = Follower(tell)
    try:
        follower.follow(client, execution_id)
    except KeyboardInterrupt:
        click.echo("\nCancelling. Press Ctrl-C again to stop watching.", err=True)
        client.executions.cancel(execution_id)
        follower.follow(client, execution_id)
    return client.executions.wait(execution_id)  # its end is written a moment after its last event
