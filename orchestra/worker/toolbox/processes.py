"""Runs one command in a process group of its own, and leaves nothing of it behind."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from ..adapter import Context
from .stopping import POLL_SECONDS, check

MAX_OUTPUT_BYTES = 200_000  # of each stream; the rest is read and thrown away, so that the command does not block
_DRAIN_SECONDS = 0.5
_SECRET_PREFIXES = ("OPENAI_", "ANTHROPIC_")


@dataclass
class _Stream:
    """The beginning of what a command wrote, and how much more there was."""

    kept: bytearray = field(default_factory=bytearray)
    dropped: int = 0

    def add(self, chunk: bytes) -> None:
        room = MAX_OUTPUT_BYTES - len(self.kept)
        self.kept += chunk[:room]
        self.dropped += len(chunk[room:])

    @property
    def text(self) -> str:
        text = bytes(self.kept).decode("utf-8", "replace")
        return f"{text}\n[{self.dropped:,} more bytes were cut]" if self.dropped else text


@dataclass(frozen=True)
class Finished:
    output: str
    errors: str
    exit_code: int | None  # None if it was stopped for its time


def execute(
    arguments: Sequence[str], context: Context, timeout_seconds: float, environment: Mapping[str, str] | None = None
) -> Finished:
    """Run it in the run's folder; when this returns or raises, its whole process group has ended.

    Its environment is the worker's without what leads to models, unless another is given. OSError or ValueError if it
    cannot be started.
    """
    if environment is None:
        environment = without_secrets(os.environ, context.gateway_key)
    deadline = time.monotonic() + timeout_seconds
    with subprocess.Popen(  # noqa: S603 - running what the agent wrote is the command's purpose
        arguments,
        cwd=context.folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout and process.stderr
            with _Reader(process.stdout, process.stderr) as reader:
                exit_code = _wait(process, reader, deadline, context)
                _kill_group(process)
                reader.drain()
        finally:
            _kill_group(process)
    return Finished(reader.output.text, reader.errors.text, exit_code)


class _Reader:
    """Both streams, read as they come."""

    def __init__(self, output: IO[bytes], errors: IO[bytes]) -> None:
        self.output = _Stream()
        self.errors = _Stream()
        self._selector = selectors.DefaultSelector()
        self._selector.register(output, selectors.EVENT_READ, self.output)
        self._selector.register(errors, selectors.EVENT_READ, self.errors)

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()

    @property
    def is_open(self) -> bool:
        return bool(self._selector.get_map())

    def read(self, seconds: float) -> bool:
        """Take what is there or comes within so many seconds; False if nothing did."""
        ready = self._selector.select(seconds)
        for key, _ in ready:
            chunk = os.read(key.fd, 65_536)
            if chunk:
                key.data.add(chunk)
            else:
                self._selector.unregister(key.fileobj)
        return bool(ready)

    def drain(self) -> None:
        """Read to the end, but do not wait for one who left the group and still holds the streams."""
        deadline = time.monotonic() + _DRAIN_SECONDS
        while self.is_open and time.monotonic() < deadline and self.read(POLL_SECONDS):
            pass


def _wait(process: subprocess.Popen[bytes], reader: _Reader, deadline: float, context: Context) -> int | None:
    """The exit code, or None if time ran out."""
    while process.poll() is None:
        check(context)
        if time.monotonic() >= deadline:
            return None
        if reader.is_open:
            reader.read(POLL_SECONDS)
        else:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(POLL_SECONDS)
    return process.returncode


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # none is left; macOS says so by the latter
        os.killpg(process.pid, signal.SIGKILL)


def without_secrets(environment: Mapping[str, str], key: str) -> dict[str, str]:
    """The environment for what an agent runs: without the gateway's key, under whatever name it is."""
    return {
        name: value
        for name, value in environment.items()
        if not name.upper().startswith(_SECRET_PREFIXES) and not (key and key in value)
    }
