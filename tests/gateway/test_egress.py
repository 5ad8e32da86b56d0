"""Connections of model calls go to where they may, also where a name leads elsewhere than it seems."""

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import httpcore2
import pytest
from model_server import ModelServer, model_server

from orchestra.domain.egress import Egress
from orchestra.gateway.egress import backend_for
from orchestra.gateway.errors import CallError


@pytest.fixture
def upstream() -> Iterator[ModelServer]:
    with model_server() as one:
        one.key = None
        yield one


def status_of(url: str, egress: Egress, is_local: bool) -> int:
    async def ask() -> int:
        async with httpcore2.AsyncConnectionPool(network_backend=backend_for(egress)(is_local)) as pool:
            return (await pool.request("GET", url)).status

    return asyncio.run(ask())


def test_a_server_of_ones_own_is_reached_on_this_machine(upstream: ModelServer) -> None:
    assert status_of(f"{upstream.url}/models", Egress(), True) == 200
    by_name = upstream.url.replace("127.0.0.1", "localhost")
    assert status_of(f"{by_name}/models", Egress(is_zero=True), True) == 200


def test_any_other_provider_is_not_asked_on_this_machine(upstream: ModelServer) -> None:
    with pytest.raises(CallError, match="ORCHESTRA_PROVIDER_ALLOW") as refused:
        status_of(f"{upstream.url}/models", Egress(), False)
    assert (refused.value.status, refused.value.code) == (403, "address_refused")
    assert upstream.asked == []


def test_a_name_that_leads_away_is_not_followed_with_zero_egress(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolved(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("127.0.0.1", "192.0.2.1")]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    with pytest.raises(CallError, match=r"192\.0\.2\.1 is another one") as refused:
        status_of("http://localhost:9/v1", Egress(is_zero=True), True)
    assert (refused.value.status, refused.value.code) == (403, "zero_egress")
