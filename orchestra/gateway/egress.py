"""Opens the connections of model calls: to where they may go, and nowhere else."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from orchestra.domain.egress import Egress
from orchestra.gateway.errors import CallError

if TYPE_CHECKING:
    from httpcore2 import AsyncNetworkBackend, Proxy


@dataclass(frozen=True, slots=True)
class Way:
    """How providers are connected to: what opens the connections, and the proxy that they lead to, if one does."""

    backend: "AsyncNetworkBackend | None" = None
    proxy: "Proxy | None" = None


Ways = Callable[[bool], Way]
"""The way to providers on this machine (True) and to others; its backend may refuse with a CallError."""


def ways_for(egress: Egress, proxy: str = "") -> Ways:
    """The ways to providers of our own (True) and to others, these through the proxy, if its address is given.

    Connecting raises CallError 403 where the name leads to an address that must not be asked. Through a proxy, which
    resolves names itself, only what an address says as text was checked; and with zero egress there is none.
    """

    def way(is_local: bool) -> Way:
        if proxy and not is_local and not egress.is_zero:
            return Way(proxy=_proxy_at(proxy))
        return Way(_guarded(egress, is_local))

    return way


def _proxy_at(url: str) -> "Proxy":
    from httpcore2 import Proxy

    parts = urlsplit(url)
    name, password = unquote(parts.username or ""), unquote(parts.password or "")
    address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return Proxy(address, auth=(name, password) if parts.username else None)


def _guarded(egress: Egress, is_local: bool) -> "AsyncNetworkBackend":
    from orchestra.guard import AddressRefused, GuardedBackend  # httpcore is imported by who has providers only

    class Backend(GuardedBackend):
        async def _checked(self, host: str, port: int) -> list[str]:
            try:
                return await super()._checked(host, port)
            except AddressRefused as refused:
                code = "zero_egress" if egress.is_zero else "address_refused"
                raise CallError(403, str(refused), code) from refused

    return Backend(egress.rule(is_local))
