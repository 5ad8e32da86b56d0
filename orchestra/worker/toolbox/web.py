"""Reads web pages for an agent, behind a guard: never an address of this machine or of the network that it is in."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from urllib.parse import urljoin, urlsplit

MAX_BYTES = 1_000_000
TIMEOUT_SECONDS = 20.0
_MOST_REDIRECTS = 5
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def fetch(url: str) -> str:
    """Get a page or file from the web, as text.

    Args:
        url: the whole address, which begins with https:// or http://.
    """
    try:
        for _ in range(_MOST_REDIRECTS + 1):
            answer, further = _get(url)
            if further is None:
                return answer
            url = urljoin(url, further)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return f"Error: {error}"
    return f"Error: it was redirected more than {_MOST_REDIRECTS} times."


def _get(url: str) -> tuple[str, str | None]:
    """The text, and where it leads to instead, if it does."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("an address begins with https:// or http:// and names a host.")
    address = guarded(parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
    connection = _Connection(parts.hostname, address, is_secure=parts.scheme == "https")
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers={"Host": parts.netloc.rpartition("@")[2], "User-Agent": "Orchestra"})
        response = connection.getresponse()
        if response.status in _REDIRECTS and response.getheader("Location"):
            return "", response.getheader("Location")
        body = response.read(MAX_BYTES + 1)
        return _text(response, body), None
    finally:
        connection.close()


def _text(response: http.client.HTTPResponse, body: bytes) -> str:
    charset = response.headers.get_content_charset() or "utf-8"
    try:
        text = body[:MAX_BYTES].decode(charset, "replace")
    except LookupError:
        text = body[:MAX_BYTES].decode("utf-8", "replace")
    status = "" if response.status < 400 else f"Error: the server answered {response.status}.\n"
    return status + text + ("\n… (the rest was cut)" if len(body) > MAX_BYTES else "")


def guarded(host: str, port: int) -> tuple[str, int]:
    """An address of the host that may be connected to; ValueError if any of its addresses is internal.

    Any and not all: a name that also leads inside is a trap.
    """
    found = {str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    for address in found:
        if not is_public(address):
            raise ValueError(f"'{host[:100]}' leads to an address inside this network, which tools may not reach.")
    return sorted(found, key=lambda one: ":" in one)[0], port


def is_public(address: str) -> bool:
    """Whether an address belongs to the open internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    return all(one.is_global and not one.is_multicast for one in (ip, _inner(ip)))


def _inner(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 address stands for, if it does: a gateway would connect to that."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


class _Connection(http.client.HTTPConnection):
    """Connects to the very address that was checked; the name is for the certificate and the server."""

    def __init__(self, host: str, address: tuple[str, int], *, is_secure: bool) -> None:
        super().__init__(host, address[1], timeout=TIMEOUT_SECONDS)
        self._address = address
        self._is_secure = is_secure

    def connect(self) -> None:
        plain = socket.create_connection(self._address, TIMEOUT_SECONDS)
        self.sock = (
            ssl.create_default_context().wrap_socket(plain, server_hostname=self.host) if self._is_secure else plain
        )
