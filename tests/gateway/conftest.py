"""A gateway that is served over real HTTP, mounted as the application mounts it."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send
from upstream import Provider

from orchestra.domain.model_calls import CallRecord, Target, WireFormat
from orchestra.gateway.keys import RunKeys
from orchestra.gateway.plain import NoProviders, PlainAccounts, PlainReservation
from orchestra.gateway.providers import Models
from orchestra.gateway.refusals import Refusals
from orchestra.gateway.routes import create_gateway
from orchestra.gateway.upstream import Upstream

TALK = """
chunk_delay_ms: 5
rules:
  - when: {contains: weather}
    tool_calls: [{name: look_up, arguments: {city: Bern, days: 2}}, {name: wait}]
  - when: {matches: 'my name is (?P<name>.+)'}
    reply: "Hello ${name}, that is $$5."
"""
WORDS = "chunk_delay_ms: {}\nrules: [{{reply: '" + "word " * 100 + "'}}]"
SCRIPTS = {
    "broken": "rules: 7",
    "flood": "{chunk_delay_ms: 0, rules: [{when: {matches: '(?P<all>.*)'}, reply: '${all}'}]}",
    "slow": WORDS.format(200),
    "stuck": WORDS.format(1000),
    "talk": TALK,
}


class Server:
    """A real server, in a thread, of whatever application is put into it."""

    def __init__(self) -> None:
        self.app: ASGIApp = FastAPI()
        self.loop: asyncio.AbstractEventLoop | None = None
        config = uvicorn.Config(self._serve, interface="asgi3", ws="none", lifespan="off", timeout_graceful_shutdown=1)
        self.uvicorn = uvicorn.Server(config)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.loop = asyncio.get_running_loop()
        await self.app(scope, receive, send)

    @contextmanager
    def running(self) -> Iterator["Server"]:
        thread = threading.Thread(target=lambda: asyncio.run(self.uvicorn.serve([self._listener])))
        thread.start()
        try:
            yield self
        finally:
            self.uvicorn.should_exit = True
            thread.join(20)
            self._listener.close()


class Accounts(PlainAccounts):
    """Tells of refused calls, too, and bounds replies as a test wants it."""

    def __init__(self, gateway: "Gateway") -> None:
        super().__init__(gateway.settle)
        self._gateway = gateway

    def reserve(self, *asked: Any, **more: Any) -> PlainReservation:
        return PlainReservation(self, self._gateway.most_output_tokens)

    def refused(self, record: CallRecord) -> None:
        self._gateway.refused.append(record)


class Targets(NoProviders):
    """A directory of the targets that a test puts into it."""

    def __init__(self) -> None:
        self.of: dict[str, list[Target]] = {}

    def names(self) -> list[str]:
        return sorted(self.of)

    def resolve(self, number: int, model: str, format: WireFormat) -> Sequence[Target]:
        return self.of.get(model) or super().resolve(number, model, format)


def target_at(provider: Provider, model: str, **more: Any) -> Target:
    known: dict[str, Any] = {"provider_id": "p1", "provider_name": "Testing", "kind": "custom", "is_local": True}
    return Target(**{**known, "model": model, "base_url": provider.url, "formats": frozenset(WireFormat), **more})


class Gateway:
    """The served gateway, and what its accounts were told."""

    def __init__(self, folder: Path, server: Server, http: httpx2.Client) -> None:
        scripts = {name: folder / f"{name}.yaml" for name in (*SCRIPTS, "missing")}
        for name, text in SCRIPTS.items():
            scripts[name].write_text(text)
        self.keys = RunKeys()
        self.refusals = Refusals()
        self.settled: list[CallRecord] = []
        self.refused: list[CallRecord] = []
        self.directory = Targets()
        self.most_output_tokens: int | None = None
        self.meter_seconds = 0.0
        self.meter_error: Exception | None = None
        self.key = self.issue(7)
        self.server = server
        self.http = http
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        self.upstream = Upstream()
        app.mount(
            "/llm",
            create_gateway(self.keys, Models(scripts), self.directory, Accounts(self), self.refusals, self.upstream),
        )
        server.app = app

    def issue(self, number: int) -> str:
        return self.keys.issue(number)

    def settle(self, record: CallRecord) -> None:
        time.sleep(self.meter_seconds)
        self.settled.append(record)
        if self.meter_error:
            raise self.meter_error

    def passes_to(self, provider: Provider, *models: str, **target: Any) -> None:
        """Calls of these models go to the provider from now on, and to those before it where it does not answer."""
        for model in models:
            self.directory.of.setdefault(model, []).append(target_at(provider, **{"model": model, **target}))

    def ask(self, text: str = "my name is Ada", **body: Any) -> dict[str, Any]:
        """The body of a call with this prompt."""
        return {"model": "talk", "messages": [{"role": "user", "content": text}], **body}

    def post(self, **body: Any) -> httpx2.Response:
        return self.http.post("/chat/completions", json=self.ask(**body), headers=self.headers)

    def stream(self, **body: Any) -> Any:
        return self.http.stream("POST", "/chat/completions", json=self.ask(stream=True, **body), headers=self.headers)

    @property
    def records(self) -> list[CallRecord]:
        """Of all calls, be it that they were let in or not."""
        return [*self.settled, *self.refused]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    @staticmethod
    def eventually(holds: Callable[[], bool], seconds: float = 10) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, "it did not come true in time"
            time.sleep(0.01)

    def wait_for_record(self) -> CallRecord:
        self.eventually(lambda: bool(self.records))
        return self.records[0]


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Server]:
    with Server().running() as server:
        yield server


@contextmanager
def gateway_on(server: Server, folder: Path) -> Iterator[Gateway]:
    url = f"http://127.0.0.1:{server.port}/llm/v1"
    with httpx2.Client(base_url=url, trust_env=False, timeout=20) as http:
        gateway = Gateway(folder, server, http)
        yield gateway
    if server.loop is not None and server.loop.is_running():
        asyncio.run_coroutine_threadsafe(gateway.upstream.close(), server.loop).result(10)


@pytest.fixture
def gateway(shared_server: Server, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway of its own for each test, on a server that they share."""
    with gateway_on(shared_server, tmp_path) as gateway:
        yield gateway


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider().running() as provider:
        yield provider


@pytest.fixture
def own_gateway(tmp_path: Path) -> Iterator[Gateway]:
    """A gateway on a server that the test may stop."""
    with Server().running() as server, gateway_on(server, tmp_path) as gateway:
        yield gateway
