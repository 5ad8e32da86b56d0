"""Tells which network addresses a user's text may lead us to."""

import ipaddress
from collections.abc import Callable, Iterable, Sequence
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
    inner = innermost(address)
    if any(one in network for network in allowed for one in (address, inner) if one.version == network.version):
        return True
    return all(one.is_global and not one.is_multicast for one in {address, inner})


def public_rule(allowed: Iterable[Network]) -> Callable[[Address], str | None]:
    """What says why nothing may be sent to an address; None for public ones and those allowed."""
    networks = tuple(allowed)
    return lambda address: None if is_allowed(address, networks) else refusal_of(str(address))


def faults_of_url(url: str, allowed: Iterable[Network]) -> list[Fault]:
    """A fault for each reason why nothing may be sent to that URL; names are checked when they are resolved."""
    if faults := faults_of_form(url, "/url"):
        return faults
    if (address := literal_of(url)) is not None and not is_allowed(address, allowed):
        return [Fault("/url", refusal_of(str(address)))]
    return []


def faults_of_form(url: str, at: str) -> list[Fault]:
    """A fault for each reason why that is no URL that anything could be sent to."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return [Fault(at, "This is no address.")]
    if parts.scheme not in {"http", "https"} or not host:
        return [Fault(at, "The address must be absolute, and begin with https:// or http://.")]
    if len(url) > _URL_CHARACTERS or not url.isprintable() or " " in url or "\\" in url:
        return [Fault(at, f"An address has at most {_URL_CHARACTERS:,} characters, without spaces.")]
    if parts.username is not None or parts.password is not None:
        return [Fault(at, "The address must not hold a name or a password.")]
    try:
        host.encode("idna")
    except UnicodeError:
        return [Fault(at, "The host name cannot be one.")]
    return []


def literal_of(url: str) -> Address | None:
    """The network address that stands in a URL instead of a name, if one does."""
    try:
        return ipaddress.ip_address(urlsplit(url).hostname or "")
    except ValueError:
        return None


def refusal_of(address: str) -> str:
    return f"The address {address} is not public. Whoever runs the server can allow it with ORCHESTRA_WEBHOOK_ALLOW."


def innermost(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, if it does: a gateway would connect to that."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
