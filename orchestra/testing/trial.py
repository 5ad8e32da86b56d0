"""Runs one sample in a worker of its own, as the engine starts them, under watch; tells what came of it."""

import contextlib
import json
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestra.domain.limits import Limits
from orchestra.engine.process import scrubbed
from orchestra.testing.gateway import TrialGateway
from orchestra.worker import boot, protocol

_WATCHED = Path(__file__).with_name("watched_boot.py")
_POLL_SECONDS = 0.01
_TEXT_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class Touched:
    """Something beyond the run's own: `what` is connect, lookup or write."""

    what: str
    target: str


@dataclass(frozen=True, slots=True)
class Trial:
    """One run: its journal's lines, those that are no events, and how it went."""

    events: Sequence[Mapping[str, Any]]
    broken_lines: Sequence[str]
    text: str
    key: str
    calls: int
    was_stopped: bool
    was_killed: bool
    stop_seconds: float
    touched: Sequence[Touched]

    @property
    def ending(self) -> Mapping[str, Any]:
        """The data of the last line, if that is an end: `status` and `output`, or `failure`."""
        last = self.events[-1] if self.events else {}
        return {**last.get("data", {}), "reason": last.get("message")} if last.get("kind") == "end" else {}


@dataclass(slots=True)
class Stage:
    """Where trials of one framework are held."""

    command: Sequence[str]
    adapter: Path
    gateway: TrialGateway
    folder: Path
    timeout_seconds: float
    limits: Limits = field(default_factory=Limits)

    def run(
        self,
        configuration: Mapping[str, Any],
        given: Mapping[str, Any],
        *,
        stop_when: Callable[[], bool] = lambda: False,
    ) -> Trial:
        """The trial of one configuration and input, once its processes are gone; stopped once `stop_when` holds."""
        place = self.folder / uuid.uuid4().hex
        files, journal, temporary, agent = place / "files", place / "1", place / "tmp", place / "agent"
        for made in (files, journal, temporary, agent):
            made.mkdir(parents=True)
        number, key = self.gateway.new_key()
        job = self._job(number, key, files, journal, configuration, given)
        (journal / protocol.ticket_name(job["ticket"])).touch()
        child = self._spawn(job["id"], place, files, temporary)
        try:
            _hand_over(child, job)
            was_stopped, was_killed, seconds = self._wait(child, stop_when)
        finally:
            _kill(child)
            self.gateway.end(number)
        events, broken = _lines_of(journal / protocol.JOURNAL)
        names = (protocol.JOURNAL, protocol.STDOUT, protocol.STDERR)
        text = "".join(_text_of(journal / name) for name in names)
        calls = self.gateway.calls
        return Trial(events, broken, text, key, calls, was_stopped, was_killed, seconds, _touched(place / "touched"))

    def _job(
        self,
        number: int,
        key: str,
        files: Path,
        journal: Path,
        configuration: Mapping[str, Any],
        given: Mapping[str, Any],
    ) -> dict[str, Any]:
        return {
            "id": uuid.uuid4().hex,
            "number": number,
            "attempt": 1,
            "ticket": "trial",
            "folder": str(files),
            "journal": str(journal),
            "agent_folder": str(journal.with_name("agent")),
            "bell": None,
            "gateway_url": self.gateway.url,
            "gateway_key": key,
            "adapter": str(self.adapter),
            "configuration": dict(configuration),
            "input": dict(given),
            "reusable": False,
        }

    def _spawn(self, execution: str, place: Path, files: Path, temporary: Path) -> "subprocess.Popen[bytes]":
        watch = [str(_WATCHED), boot.__file__, str(place / "touched"), str(self.gateway.port)]
        with (place / "before.log").open("ab") as before:
            return subprocess.Popen(  # noqa: S603 - the interpreter of an environment, as the engine starts it
                [*self.command, *watch, str(files), str(temporary), str(place / "agent")],
                stdin=subprocess.PIPE,
                stdout=before,
                stderr=before,
                cwd=files,
                env={**scrubbed(os.environ, execution, files), "TMPDIR": str(temporary)},
                start_new_session=True,
            )

    def _wait(self, child: "subprocess.Popen[bytes]", stop_when: Callable[[], bool]) -> tuple[bool, bool, float]:
        """Whether it was stopped, whether it had to be killed, and the seconds from the wish to its end."""
        deadline = time.monotonic() + self.timeout_seconds
        while child.poll() is None and time.monotonic() < deadline:
            if stop_when():
                return (True, *self._stop(child))
            time.sleep(_POLL_SECONDS)
        return False, child.poll() is None, 0.0

    def _stop(self, child: "subprocess.Popen[bytes]") -> tuple[bool, float]:
        """The engine's ladder: softly, then SIGTERM; whether that was not enough, and how long it took."""
        began = time.monotonic()
        soft = min(self.limits.soft_stop_seconds, self.limits.grace_seconds)
        child.send_signal(getattr(signal, "SIGUSR1", signal.SIGTERM))
        if not _ended(child, soft):
            os.killpg(child.pid, signal.SIGTERM)
            _ended(child, self.limits.grace_seconds - soft)
        return child.poll() is None, time.monotonic() - began


def _hand_over(child: "subprocess.Popen[bytes]", job: Mapping[str, Any]) -> None:
    assert child.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # it ended before it had its job; its journal will be empty
        child.stdin.write(json.dumps(job).encode() + b"\n")
        child.stdin.close()


def _ended(child: "subprocess.Popen[bytes]", seconds: float) -> bool:
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _kill(child: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _lines_of(journal: Path) -> tuple[list[dict[str, Any]], list[str]]:
    events: list[dict[str, Any]] = []
    broken: list[str] = []
    for line in _text_of(journal).splitlines():
        try:
            event = json.loads(line)
            events.append({**event, "kind": str(event["kind"]), "at": float(event["at"])})
        except (ValueError, TypeError, KeyError):
            broken.append(line)
    return events, broken


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_TEXT_BYTES).decode(errors="replace")
    except OSError:
        return ""


def _touched(report: Path) -> list[Touched]:
    told = [json.loads(line) for line in _text_of(report).splitlines()]
    return [Touched(one["what"], one["target"]) for one in told]
