"""Connects a command with the server on the data folder: the one that runs, or a private one while it is needed."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from orchestra import presence
from orchestra.client import Client
from orchestra.errors import CannotStart
from orchestra.settings import Settings

_START_SECONDS = 60.0
_STOP_SECONDS = 15.0
_POLL_SECONDS = 0.05


@contextmanager
def connected(settings: Settings) -> Iterator[Client]:
    """A client of the server on the data folder; if none runs, a private one does until the end of the block."""
    private = None if presence.find(settings.data_dir) else _start_private(settings)
    try:
        if private is not None:
            _wait_for(settings, private)
        with Client.local(settings.data_dir) as client:
            yield client
    finally:
        if private is not None:
            _stop(private)


def _start_private(settings: Settings) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "orchestra", "--data-dir", str(settings.data_dir), "serve", "--private"]
    return subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)  # noqa: S603


def _stop(private: "subprocess.Popen[bytes]") -> None:
    private.terminate()
    try:
        private.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        private.kill()


def _wait_for(settings: Settings, private: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and private.poll() is None:
        if presence.find(settings.data_dir):
            return
        time.sleep(_POLL_SECONDS)
    if not presence.find(settings.data_dir):  # it ends at once if another one was quicker
        raise CannotStart("No server runs on the data folder, and none could be started. Try 'orchestra serve'.")
