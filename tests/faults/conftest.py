"""Servers for tests of faults, with every way in which workers come to be."""

from collections.abc import Iterator

import pytest
from servers import ServerUnderTest

_KINDS = ["probe", "probe-spare", "probe-reusable"]


def _set_to(server: ServerUnderTest, framework: str) -> ServerUnderTest:
    """One run is over already: so a spare waits, or the worker that is used again has had another job."""
    server.framework = framework
    assert server.run("echo")["status"] == "COMPLETED"
    return server


@pytest.fixture(params=_KINDS)
def any_server(own_server: ServerUnderTest, request: pytest.FixtureRequest) -> ServerUnderTest:
    """A server for one test, whose agents have workers that are forked, started ahead, or used again."""
    return _set_to(own_server, request.param)


@pytest.fixture(params=_KINDS)
def any_workers(server: ServerUnderTest, request: pytest.FixtureRequest) -> Iterator[ServerUnderTest]:
    """The shared server, whose agents have, for one test, workers that are forked, started ahead, or used again."""
    before = server.framework
    yield _set_to(server, request.param)
    server.framework = before
