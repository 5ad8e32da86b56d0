"""Tells where model calls may go."""

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from orchestra.domain.addresses import Address, Network, faults_of_form, is_allowed, literal_of
from orchestra.errors import Fault

# A model server of one's own stands here or in the next room. Not among them: 169.254.169.254, where clouds keep keys.
_NEAR = [
    ipaddress.ip_network(text)
    for text in ("127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
]
ZERO_EGRESS = "This server asks models on its own machine only (ORCHESTRA_ZERO_EGRESS)"


@dataclass(frozen=True, slots=True)
class Egress:
    """`is_zero`: nothing leaves this machine; `allowed`: networks that are not public, for every kind of provider."""

    is_zero: bool = False
    allowed: Sequence[Network] = ()

    def rule(self, is_local: bool) -> Callable[[Address], str | None]:
        """What says why a provider must not be asked at an address; None if it may."""
        return lambda address: self.refusal_of(address, is_local)

    def refusal_of(self, address: Address, is_local: bool) -> str | None:
        """Why a provider, one of our own if `is_local`, must not be asked at that address; None if it may."""
        if self.is_zero:
            return None if _is_here(address) else f"{ZERO_EGRESS}, and {address} is another one."
        near = [*self.allowed, *_NEAR] if is_local else self.allowed
        if is_allowed(address, near):
            return None
        return (
            f"The address {address} is not public. Whoever runs the server can allow it with ORCHESTRA_PROVIDER_ALLOW."
        )

    def faults_of_url(self, url: str, is_local: bool, at: str = "/baseUrl") -> list[Fault]:
        """A fault for each reason why no provider may be there; names are checked when they are resolved."""
        if faults := faults_of_form(url, at):
            return faults
        refusal = self.refusal_of_url(url, is_local)
        return [Fault(at, refusal)] if refusal else []

    def refusal_of_url(self, url: str, is_local: bool) -> str | None:
        """The same as far as the text of an address tells it. With zero egress, a name must be this machine's own."""
        if (address := literal_of(url)) is not None:
            return self.refusal_of(address, is_local)
        if self.is_zero and not is_own_name(urlsplit(url).hostname or ""):
            return f"{ZERO_EGRESS}, and {urlsplit(url).hostname} is not its name."
        return None


def is_own_name(host: str) -> bool:
    """Whether a host name is this machine's own, whoever answers for names (RFC 6761)."""
    return host.lower().rstrip(".") == "localhost" or host.lower().rstrip(".").endswith(".localhost")


def _is_here(address: Address) -> bool:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
