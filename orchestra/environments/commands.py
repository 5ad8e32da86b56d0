"""Runs one foreign program of a build: its lines as they come, an end at any moment, no orphan after a crash."""

import contextlib
import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

_OWNER = "process.json"  # in the folder that it works in
_START_TOLERANCE_SECONDS = 1.0
_KILL_WAIT_SECONDS = 5.0
_KEPT_VARIABLES = (
    *("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT"),
    *("TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy", "NETRC", "CC", "CXX"),
)
_OUR_DECISIONS = frozenset({"UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_CACHE_DIR", "UV_PROJECT_ENVIRONMENT", "UV_TARGET"})


class Cancelled(Exception):
    """Somebody wished the build to end."""


class Stop:
    """The wish to end a build, from any thread; it kills what runs just then, with all that it has started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self.wished = False

    def wish(self) -> None:
        with self._lock:
            self.wished = True
            if self._process is not None:
                _kill(self._process.pid)

    def check(self) -> None:
        """Cancelled, if that is wished."""
        if self.wished:
            raise Cancelled

    def run(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], on_line: Callable[[str], None]
    ) -> int:
        """The exit code of a program that ran in the folder; Cancelled if it was stopped."""
        with self._lock:
            self.check()
            self._process = subprocess.Popen(  # noqa: S603 - uv, or the interpreter of an environment
                list(command),
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
        process = self._process
        # What it leaves behind would hold its output open, and us with it.
        ending = threading.Thread(target=_end_with, args=(process,), daemon=True)
        ending.start()
        try:
            _note(folder, process.pid)
            assert process.stdout is not None
            with process.stdout as lines:
                for line in lines:
                    on_line(line.rstrip("\r\n"))
            ending.join()
            code = process.wait()
        except BaseException:
            _kill(process.pid)
            process.wait()
            raise
        finally:
            with self._lock:
                self._process = None
            (folder / _OWNER).unlink(missing_ok=True)
        self.check()
        return code


def scrubbed(environment: Mapping[str, str]) -> dict[str, str]:
    """What uv gets of our environment: how to reach an index and how it is configured; no secret of ours.

    A package may be built from source, and then its code runs with this.
    """
    return {
        name: value
        for name, value in environment.items()
        if name in _KEPT_VARIABLES or (name.startswith("UV_") and name not in _OUR_DECISIONS)
    }


def kill_what_builds(folder: Path) -> None:
    """End the programs that an earlier server, which was killed, had left at work in a folder."""
    for note in (folder / _OWNER, *folder.glob(f"*/{_OWNER}")):
        _kill_noted(note)


def _kill_noted(note: Path) -> None:
    try:
        owner = json.loads(note.read_text())
        pid, started = int(owner["pid"]), float(owner["started"])
        alive = abs(psutil.Process(pid).create_time() - started) < _START_TOLERANCE_SECONDS
    except (OSError, ValueError, TypeError, KeyError, psutil.Error):
        return
    if alive:
        _kill(pid)
        with contextlib.suppress(psutil.Error):
            psutil.Process(pid).wait(_KILL_WAIT_SECONDS)


def _end_with(process: "subprocess.Popen[str]") -> None:
    """Once a program has ended, end what is left of its group."""
    process.wait()
    _kill(process.pid)


def _note(folder: Path, pid: int) -> None:
    with contextlib.suppress(psutil.Error):  # gone already
        owner = {"pid": pid, "started": psutil.Process(pid).create_time()}
        (folder / _OWNER).write_text(json.dumps(owner))


def _kill(pid: int) -> None:
    """Kill a program that leads a process group of its own, with the group; elsewhere, with its descendants."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        return
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in [*process.children(recursive=True), process]:
            with contextlib.suppress(psutil.Error):
                one.kill()
