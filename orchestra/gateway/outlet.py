"""Answers one client: whole, bit by bit, or with a refusal in its format's own shape."""

import json
from collections.abc import Mapping

from starlette.types import Send

from orchestra.domain.model_calls import WireFormat
from orchestra.gateway.errors import CallError, body_of, event_of

# What a provider says to its client; the rest, such as cookies, is between it and us.
_PASSED = frozenset(
    {
        "content-type",
        "content-encoding",
        "retry-after",
        "retry-after-ms",
        "x-should-retry",
        "x-request-id",
        "request-id",
    }
)
_PASSED_BEGINNINGS = ("openai-", "anthropic-", "x-ratelimit-")


class Outlet:
    def __init__(self, send: Send, format: WireFormat) -> None:
        self._send = send
        self._format = format
        self.is_open = False
        self.is_finished = False

    async def whole(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        length = (b"content-length", str(len(body)).encode("ascii"))
        self.is_open = True
        await self._send({"type": "http.response.start", "status": status, "headers": [*_passed(headers), length]})
        self.is_finished = True
        await self._send({"type": "http.response.body", "body": body})

    async def open(self, status: int, headers: Mapping[str, str]) -> None:
        """Begin a stream."""
        self.is_open = True
        sent = [*_passed(headers), (b"cache-control", b"no-cache")]
        await self._send({"type": "http.response.start", "status": status, "headers": sent})

    async def send(self, events: bytes) -> None:
        await self._send({"type": "http.response.body", "body": events, "more_body": True})

    async def finish(self) -> None:
        self.is_finished = True
        await self._send({"type": "http.response.body", "body": b""})

    async def refuse(self, error: CallError) -> None:
        """Tell why there is no answer, or none to the end; nothing if all was said."""
        if self.is_finished:
            return
        if self.is_open:
            await self.send(event_of(error, self._format))
            await self.finish()
        else:
            body = json.dumps(body_of(error, self._format)).encode("ascii")
            await self.whole(error.status, {"content-type": "application/json"}, body)


def _passed(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in headers.items()
        if name in _PASSED or name.startswith(_PASSED_BEGINNINGS)
    ]
