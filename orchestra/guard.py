"""Connects only to addresses that may be connected to: resolves a name once, checks, and uses what it checked."""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Callable, Iterable
from typing import Any

from httpcore2 import (
    SOCKET_OPTION,
    AnyIOBackend,
    AsyncNetworkBackend,
    AsyncNetworkStream,
    ConnectError,
    ConnectTimeout,
)

from orchestra.domain.addresses import Address

Rule = Callable[[Address], str | None]
"""Why nothing may be sent to an address, as a sentence; None if it may."""


class AddressRefused(Exception):
    """The name leads to an address that must not be connected to."""


class GuardedBackend(AsyncNetworkBackend):
    """What httpcore opens its connections with. TLS still checks the name, since only the TCP target is replaced."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._backend = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        *others, last = await self._checked(host, port)
        for address in others:
            with contextlib.suppress(ConnectError, ConnectTimeout):  # such as IPv6 without a way out
                return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
        return await self._backend.connect_tcp(last, port, timeout, local_address, socket_options)

    async def connect_unix_socket(self, path: str, *arguments: Any, **more: Any) -> AsyncNetworkStream:
        raise AddressRefused(f"{path} is no address on a network.")

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)

    async def _checked(self, host: str, port: int) -> list[str]:
        """The addresses of that name; AddressRefused if any of them is not allowed."""
        found = await _addresses_of(host, port)
        for address in found:
            if refusal := self._rule(ipaddress.ip_address(address)):
                raise AddressRefused(refusal)
        return found


async def _addresses_of(host: str, port: int) -> list[str]:
    try:
        return [str(ipaddress.ip_address(host))]  # no thread for what needs none
    except ValueError:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return [str(entry[4][0]).partition("%")[0] for entry in found]
