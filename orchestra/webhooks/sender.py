"""Posts one message to one endpoint, and tells what came of it."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from orchestra import __version__
from orchestra.domain.addresses import Network, public_rule
from orchestra.domain.retries import retry_after_of

if TYPE_CHECKING:
    from httpcore2 import AsyncConnectionPool

_KEPT_BYTES = 1000
_CONNECTIONS = 256  # a bound against leaks only: who calls us bounds what is under way
_USUAL_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint answered: the beginning of its body only; `error` if it did not."""

    duration_ms: float
    status_code: int | None = None
    error: str | None = None
    response: str | None = None
    retry_after: timedelta | None = None


class Sender:
    """Follows no redirect and no proxy, keeps no connection, and gives up after `timeout_seconds` in all."""

    def __init__(self, allowed: Sequence[Network], timeout_seconds: float) -> None:
        self._allowed = allowed
        self._timeout = timeout_seconds

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        began = time.monotonic()

        def took() -> float:
            return (time.monotonic() - began) * 1000

        try:
            async with asyncio.timeout(self._timeout):
                status, text, retry_after = await self._post(url, headers, body)
        except TimeoutError:
            return Answer(took(), error=f"There was no answer within {self._timeout:g} seconds.")
        except Exception as error:  # noqa: BLE001 - whatever a network does to us is an attempt that failed
            return Answer(took(), error=str(error)[:300] or type(error).__name__)
        return Answer(took(), status_code=status, response=text, retry_after=retry_after)

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str, timedelta | None]:
        target, host = _target_of(url)
        sent = {
            "Host": host,
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "User-Agent": f"AgentOrchestra/{__version__}",
            **headers,
        }
        async with self._pool.stream("POST", target, headers=list(sent.items()), content=body) as response:
            beginning = b""
            async for piece in response.aiter_stream():
                beginning += piece
                if len(beginning) >= _KEPT_BYTES:
                    break
            received = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            text = beginning[:_KEPT_BYTES].decode("utf-8", "replace").replace("\x00", "\ufffd")
            return response.status, text, retry_after_of(received, datetime.now(UTC))

    @cached_property
    def _pool(self) -> "AsyncConnectionPool":
        from httpcore2 import AsyncConnectionPool  # imported by who has webhooks only

        from orchestra.guard import GuardedBackend

        return AsyncConnectionPool(
            max_connections=_CONNECTIONS,
            max_keepalive_connections=0,
            network_backend=GuardedBackend(public_rule(self._allowed)),
        )


def _target_of(url: str) -> tuple[str, str]:
    """The URL in ASCII, as HTTP wants it, and its Host header."""
    parts = urlsplit(url)
    name = (parts.hostname or "").encode("idna").decode()
    host = f"[{name}]" if ":" in name else name
    if parts.port is not None and parts.port != _USUAL_PORTS[parts.scheme]:
        host = f"{host}:{parts.port}"
    kept = "/:@!$&'()*+,;=-._~%"
    path = quote(parts.path or "/", safe=kept)
    query = f"?{quote(parts.query, safe=kept + '?/')}" if parts.query else ""
    return f"{parts.scheme}://{host}{path}{query}", host
