"""Runs the application on a socket of its own, one server for each data folder."""

import errno
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress

import uvicorn
from filelock import FileLock, Timeout

from orchestra import presence
from orchestra.app import Application, create_application
from orchestra.errors import CannotStart, DataFolderInUse
from orchestra.settings import Settings

_SHUTDOWN_SECONDS = 2
_BACKLOG = 2048
_LOCK_SECONDS = 1.0  # a server that was just killed may leave a child that lets go of the lock in a moment


class RunningServer:
    """What whoever started the server gets to know once it listens."""

    def __init__(self, application: Application, url: str) -> None:
        self._application = application
        self.url = url
        self.sample = application.sample

    def new_link(self) -> str:
        """An address that signs the owner in, once."""
        return f"{self.url}/link?token={self._application.services.identity.new_link_token(self._application.owner)}"


# Python's own 5 ms are long for a loop that answers in two; a thread that computes must not have them each time.
_SWITCH_SECONDS = 0.001


def serve(settings: Settings, on_ready: Callable[[RunningServer], None]) -> None:
    """Serve until SIGINT or SIGTERM; CannotStart, with a sentence, if that is impossible.

    `on_ready` is called on the event loop, once requests are answered; it must return at once.
    """
    with ExitStack() as stack:
        stack.callback(_owned(settings).release)
        listener = stack.enter_context(_listen(settings.host, settings.port))
        url = _url(settings.host, listener.getsockname()[1])
        application = create_application(settings, url)
        own_key = application.services.admissions.new_own_key(application.owner)
        running = RunningServer(application, url)

        def announce() -> None:
            presence.announce(settings.data_dir, presence.presence_of_this_process(url, own_key))
            on_ready(running)

        def withdraw() -> None:
            presence.withdraw(settings.data_dir)

        sys.setswitchinterval(_SWITCH_SECONDS)
        with suppress(KeyboardInterrupt):  # uvicorn hands signals on after it has shut down, and SIGTERM ends us there
            _Server(_config(application), announce, application.drain, withdraw).run(sockets=[listener])


class _Server(uvicorn.Server):
    def __init__(
        self,
        config: uvicorn.Config,
        on_started: Callable[[], None],
        drain: Callable[[Callable[[], bool]], Awaitable[None]],
        on_stopped: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._on_started = on_started
        self._drain = drain
        self._on_stopped = on_stopped

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and not self.should_exit:
            self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._drain(lambda: self.force_exit)  # while requests are still answered; a second signal ends it
        await super().shutdown(sockets)
        self._on_stopped()


def _config(application: Application) -> uvicorn.Config:
    return uvicorn.Config(
        application.asgi,
        access_log=False,  # it would hold one-time links
        log_config=None,
        server_header=False,
        proxy_headers=False,  # anybody on this machine could name another address in them
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,  # open event streams would hold it for ever
        ws_max_size=16 * 1024 * 1024,
    )


def _owned(settings: Settings) -> FileLock:
    """The data folder, made if need be, and held against a second server."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(settings.data_dir / "server.lock")
        lock.acquire(timeout=_LOCK_SECONDS, poll_interval=0.02)
    except Timeout:
        raise DataFolderInUse(f"Another server runs on the data folder '{settings.data_dir}'.") from None
    except OSError as error:
        raise CannotStart(
            f"The data folder '{settings.data_dir}' cannot be used: {error.strerror or error}. "
            "Choose another with --data-dir or ORCHESTRA_DATA_DIR."
        ) from error
    return lock


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise CannotStart(f"Port {port} is taken by another program. Choose another with --port.") from error
        raise CannotStart(
            f"It cannot listen on {host}:{port}: {error.strerror}. Choose another with --host."
        ) from error
    listener.set_inheritable(False)
    return listener


def _url(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"
