"""What both drivers tell httpx2."""

import ssl
from collections.abc import Mapping
from typing import Any

import httpx2

from orchestra.client.places import Place
from orchestra.client.steps import Lost, Message
from orchestra.errors import Invalid

EVENT_BYTES = 1 << 26  # an agent's output may be large; more than a journal's longest line is no event of ours
_CONNECT_SECONDS = 10.0
_SILENCE_SECONDS = 45.0  # a stream's heartbeats come every fifteen


def options_of(place: Place, timeout_seconds: float, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments for httpx2's client; without TLS, its trusted certificates are not read, which takes a while."""
    # A stream keeps its connection: who follows a hundred runs must still be able to cancel one.
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=20)
    options: dict[str, Any] = {"timeout": timeout_seconds, "trust_env": False, "limits": limits}
    if place.url.startswith("http://"):
        options["verify"] = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody
    return {**options, **given}


def arguments_of(message: Message, place: Place) -> dict[str, Any]:
    """The arguments for one request of httpx2's client."""
    headers = {"Authorization": f"Bearer {place.key}"} if place.key else {}
    return {
        "method": message.method,
        "url": place.url + message.path,
        "params": message.params or None,
        "content": message.content,
        "headers": {**headers, **message.headers},
    }


def stream_timeout() -> httpx2.Timeout:
    return httpx2.Timeout(_CONNECT_SECONDS, read=_SILENCE_SECONDS)


def lost_by(error: httpx2.HTTPError) -> Lost:
    """How the answer was lost; Invalid if the request itself cannot be sent."""
    if isinstance(error, httpx2.LocalProtocolError | httpx2.UnsupportedProtocol):
        raise Invalid(f"This request cannot be sent: {error}.") from error
    unsent = isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout | httpx2.ProxyError)
    return Lost(str(error) or type(error).__name__, was_sent=not unsent)
