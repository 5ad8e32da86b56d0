"""Asks providers over HTTP, by connections that are used again."""

import functools
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from orchestra import __version__
from orchestra.domain.model_calls import Target
from orchestra.domain.text import storable
from orchestra.gateway.egress import Way, Ways
from orchestra.gateway.requests import Asked, body_for
from orchestra.gateway.sources import Reply, Unanswered
from orchestra.gateway.wire.formats import FORMATS

if TYPE_CHECKING:
    from httpcore2 import AsyncConnectionPool, Response

CONNECT_SECONDS = 10.0
_MOST_REFUSAL_BYTES = 1_000_000
_LEAST_KEY_BYTES = 12  # shorter ones are no secrets: words such as ollama, or a version
_IDLE_SECONDS = 60.0
_IDLE_CONNECTIONS = 100


class Upstream:
    """Follows no redirect, and no proxy but the one of its ways. Belongs to one event loop, from its first call on."""

    def __init__(self, ways: Ways = lambda _: Way()) -> None:
        self._ways = ways
        self._pools: dict[bool, AsyncConnectionPool] = {}

    @asynccontextmanager
    async def open(self, target: Target, asked: Asked, headers: Mapping[str, str]) -> AsyncGenerator[Reply, None]:
        """The provider's answer; Unanswered if there is none. See `sources.Source`."""
        limits = {"connect": CONNECT_SECONDS, "read": target.timeout_seconds, "write": target.timeout_seconds}
        async with AsyncExitStack() as stack:
            with _telling(target):
                response = await stack.enter_async_context(
                    self._pool(target.is_local).stream(
                        "POST",
                        _address(target, asked),
                        headers=_sent_headers(target, headers),
                        content=body_for(asked, target),
                        extensions={"timeout": limits},
                    )
                )
            chunks = _chunks(response, target)
            if response.status >= 400:
                chunks = _without_keys(chunks, target)
            yield Reply(response.status, _headers_of(response), chunks)

    async def close(self) -> None:
        """Let go of all connections."""
        for pool in self._pools.values():
            await pool.aclose()
        self._pools.clear()

    def _pool(self, is_local: bool) -> "AsyncConnectionPool":
        if is_local not in self._pools:
            from httpcore2 import AsyncConnectionPool  # imported by who has providers only

            way = self._ways(is_local)
            self._pools[is_local] = AsyncConnectionPool(
                proxy=way.proxy,
                max_connections=None,  # whoever calls bounds them
                max_keepalive_connections=_IDLE_CONNECTIONS,
                keepalive_expiry=_IDLE_SECONDS,
                network_backend=way.backend,
            )
        return self._pools[is_local]


@contextmanager
def _telling(target: Target) -> Iterator[None]:
    """Turns what a network does to us into Unanswered."""
    try:
        yield
    except _faults() as error:
        raise _unanswered(target, error) from error


@functools.cache
def _faults() -> tuple[type[Exception], ...]:
    import httpcore2

    return (
        httpcore2.NetworkError,
        httpcore2.TimeoutException,
        httpcore2.ProtocolError,
        httpcore2.ProxyError,
        httpcore2.UnsupportedProtocol,
        OSError,
        ssl.SSLError,
    )


def _unanswered(target: Target, error: BaseException) -> Unanswered:
    import httpcore2

    name = target.provider_name
    if isinstance(error, httpcore2.ProxyError):
        return Unanswered(502, f"The proxy does not lead to {name}: {_words(error) or 'it refused'}.")
    if isinstance(error, httpcore2.ConnectTimeout | httpcore2.ConnectError):
        return Unanswered(502, f"{name} could not be reached: {_words(error) or 'no connection'}.")
    if isinstance(error, httpcore2.TimeoutException):
        return Unanswered(504, f"{name} said nothing for {target.timeout_seconds:g} seconds.")
    return Unanswered(502, f"The connection to {name} broke: {_words(error) or type(error).__name__}.")


def _words(error: BaseException) -> str:
    return storable(str(error))[:300].rstrip(".")


async def _without_keys(chunks: AsyncIterator[bytes], target: Target) -> AsyncIterator[bytes]:
    """A refusal as it came, but for the provider's key: some repeat it, and it goes on to a worker."""
    refusal = bytearray()
    async for chunk in chunks:
        refusal += chunk
        if len(refusal) > _MOST_REFUSAL_BYTES:
            break
    for value in target.headers.values():
        key = value.removeprefix("Bearer ").encode()
        if len(key) >= _LEAST_KEY_BYTES:
            refusal = refusal.replace(key, b"[secret removed]")
    yield bytes(refusal)


async def _chunks(response: "Response", target: Target) -> AsyncIterator[bytes]:
    with _telling(target):
        async for chunk in response.aiter_stream():
            yield chunk


def _sent_headers(target: Target, headers: Mapping[str, str]) -> list[tuple[str, str]]:
    ours = {
        "content-type": "application/json",
        "accept-encoding": "identity",  # what comes is read, and goes on as it is
        "user-agent": f"AgentOrchestra/{__version__}",
    }
    theirs = {name.lower(): value for name, value in target.headers.items()}
    return list({**ours, **headers, **theirs}.items())


def _address(target: Target, asked: Asked) -> str:
    query = f"?{urlencode(target.query)}" if target.query else ""
    return target.base_url.rstrip("/") + FORMATS[asked.format].path + asked.below + query


def _headers_of(response: "Response") -> Mapping[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
