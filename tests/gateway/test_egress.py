"""Connections of model calls go to where they may, also where a name leads elsewhere than it seems."""

import asyncio
import base64
import socket
from collections.abc import Iterator
from typing import Any

import httpcore2
import pytest
from model_server import ModelServer, model_server
from upstream import Provider, refuses

from orchestra.domain.egress import Egress
from orchestra.domain.model_calls import Target, WireFormat
from orchestra.gateway.egress import ways_for
from orchestra.gateway.errors import CallError
from orchestra.gateway.requests import read_request
from orchestra.gateway.sources import Unanswered
from orchestra.gateway.upstream import Upstream


@pytest.fixture
def upstream() -> Iterator[ModelServer]:
    with model_server() as one:
        one.key = None
        yield one


def status_of(url: str, egress: Egress, is_local: bool) -> int:
    async def ask() -> int:
        async with httpcore2.AsyncConnectionPool(network_backend=ways_for(egress)(is_local).backend) as pool:
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


def asked_at(url: str, proxy: str, egress: Egress | None = None, is_local: bool = False) -> tuple[int, bytes]:
    """The status and body of a call to a provider at that address; what a refusal says where there is none."""
    target = Target("p", "Far", "compatible", "m", url, formats=frozenset(WireFormat), is_local=is_local, retries=0)
    asked = read_request(WireFormat.CHAT, b'{"model": "m", "messages": [{"role": "user", "content": "hello"}]}')

    async def ask() -> tuple[int, bytes]:
        upstream = Upstream(ways_for(egress or Egress(), proxy))
        try:
            async with upstream.open(target, asked, {}) as reply:
                return reply.status, await reply.whole(10_000)
        except Unanswered as error:
            return error.status, error.message.encode()
        finally:
            await upstream.close()

    return asyncio.run(ask())


def test_providers_elsewhere_are_asked_through_the_proxy_that_a_setting_names() -> None:
    with Provider().running() as proxy:
        address = f"http://ada:p%40ss@127.0.0.1:{proxy.port}"
        status, body = asked_at("http://models.invalid/v1", address)
        assert (status, b"hello" in body) == (200, True)
        assert proxy.asks[0].path == "http://models.invalid/v1/chat/completions"
        assert proxy.asks[0].headers["proxy-authorization"] == "Basic " + base64.b64encode(b"ada:p@ss").decode()
        proxy.always(refuses(407))
        status, body = asked_at("https://models.invalid/v1", address)
        assert (status, b"The proxy does not lead to Far" in body, b"p@ss" in body) == (502, True, False)
        assert proxy.asks[1].path == "models.invalid:443"


def test_ones_own_providers_and_those_of_zero_egress_are_asked_without_it(upstream: ModelServer) -> None:
    with Provider().running() as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        assert asked_at(upstream.url, address, is_local=True)[0] == 200
        with pytest.raises(CallError, match="is another one"):
            asked_at("http://192.0.2.1/v1", address, Egress(is_zero=True))
        assert proxy.asks == []
