"""The real gateway with the scripted models on a port of its own, which can be told to hold calls or to refuse them."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import uvicorn
from starlette.types import Receive, Scope, Send

from orchestra.errors import Unavailable
from orchestra.gateway.keys import RunKeys
from orchestra.gateway.plain import NoProviders, PlainAccounts
from orchestra.gateway.providers import Models
from orchestra.gateway.routes import create_gateway

_START_SECONDS = 30.0
_REFUSALS = {
    402: ("The budget of this agent is used up.", "budget_exceeded"),
    403: ("This key may not use the model.", "model_not_allowed"),
    429: ("The model's provider is asked too often.", "rate_limited"),
    500: ("The model's provider failed.", "provider_failed"),
}


class TrialGateway:
    """Serves while it is entered; `calls` counts the model calls since the last `answer`, `hold` or `refuse`."""

    def __init__(self, scripts: Mapping[str, Path]) -> None:
        self.calls = 0
        self._keys = RunKeys()
        self._app = create_gateway(self._keys, Models(scripts), NoProviders(), PlainAccounts(lambda _: None))
        self._refused_with: int | None = None
        self._holds = False
        self._number = 0
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(128)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        config = uvicorn.Config(self._serve, interface="asgi3", lifespan="off", log_config=None, access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],), name="gateway", daemon=True)

    def __enter__(self) -> "TrialGateway":
        self._thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise Unavailable("The gateway for the trial could not be started.")
            time.sleep(0.01)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.answer()
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(_START_SECONDS)
        self._listener.close()

    def new_key(self) -> tuple[int, str]:
        """The number of a new run and its key."""
        self._number += 1
        return self._number, self._keys.issue(self._number)

    def end(self, number: int) -> None:
        """The run has ended, and its key with it."""
        self._keys.revoke(number)

    def answer(self) -> None:
        """Answer from now on, also what was held."""
        self.calls, self._holds, self._refused_with = 0, False, None

    def hold(self) -> None:
        """Let callers wait from now on."""
        self.calls, self._holds, self._refused_with = 0, True, None

    def refuse(self, status: int) -> None:
        """Refuse every call from now on, with 402, 403, 429 or 500."""
        self.calls, self._holds, self._refused_with = 0, False, status

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST":
            self.calls += 1
            while self._holds:
                await asyncio.sleep(0.02)
            if self._refused_with is not None:
                await _refuse(self._refused_with, send)
                return
        await self._app(scope, receive, send)


async def _refuse(status: int, send: Send) -> None:
    message, code = _REFUSALS[status]
    body = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
