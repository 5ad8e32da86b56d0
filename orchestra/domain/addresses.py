"""Tells which network addresses a user's text may lead us to."""

import ipaddress
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from orchestra.errors import Fault

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_URL_CHARACTERS = 2000
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def networks_of(texts: Iterable[str]) -> Sequence[Network]:
    """The networks such as `10.0.0.0/8` or `127.0.0.1`; ValueError for a text that names none."""
    return [ipaddress.ip_network(text.strip(), strict=False) for text in texts]


def is_allowed(address: Address, allowed: Iterable[Network]) -> bool:
    """Whether we may connect to it: a public one, or one that the owner has allowed."""
    inner = _inner(address)
    if any(one in network for network in allowed for one in (address, inner) if one.version == network.version):
        return True
    return all(one.is_global and not one.is_multicast for one in {address, inner})


def faults_of_url(url: str, allowed: Iterable[Network]) -> list[Fault]:
    """A fault for each reason why nothing may be sent to that URL; names are checked when they are resolved."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return [Fault("/url", "This is no address.")]
    if parts.scheme not in {"http", "https"} or not host:
        return [Fault("/url", "The address must be absolute, and begin with https:// or http://.")]
    if len(url) > _URL_CHARACTERS or not url.isprintable() or " " in url or "\\" in url:
        return [Fault("/url", f"An address has at most {_URL_CHARACTERS:,} characters, without spaces.")]
    if parts.username is not None or parts.password is not None:
        return [Fault("/url", "The address must not hold a name or a password.")]
    try:
        host.encode("idna")
    except UnicodeError:
        return [Fault("/url", "The host name cannot be one.")]
    if (address := _literal(host)) is not None and not is_allowed(address, allowed):
        return [Fault("/url", refusal_of(str(address)))]
    return []


def refusal_of(address: str) -> str:
    return f"The address {address} is not public. Whoever runs the server can allow it with ORCHESTRA_WEBHOOK_ALLOW."


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, if it does: a gateway would connect to that."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
