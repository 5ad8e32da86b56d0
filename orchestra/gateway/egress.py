"""Opens the connections of model calls: to where they may go, and nowhere else."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from orchestra.domain.egress import Egress
from orchestra.gateway.errors import CallError

if TYPE_CHECKING:
    from httpcore2 import AsyncNetworkBackend


def backend_for(egress: Egress) -> "Callable[[bool], AsyncNetworkBackend]":
    """What makes a network backend for providers of our own (True) and others.

    Its connecting raises CallError 403 where the name leads to an address that must not be asked.
    """

    def make(is_local: bool) -> "AsyncNetworkBackend":
        from orchestra.guard import AddressRefused, GuardedBackend  # httpcore is imported by who has providers only

        class Backend(GuardedBackend):
            async def _checked(self, host: str, port: int) -> list[str]:
                try:
                    return await super()._checked(host, port)
                except AddressRefused as refused:
                    code = "zero_egress" if egress.is_zero else "address_refused"
                    raise CallError(403, str(refused), code) from refused

        return Backend(egress.rule(is_local))

    return make
