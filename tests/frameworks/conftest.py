"""Frameworks as they are installed: built once for all tests of a session, on the server that they share."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from servers import ServerUnderTest


@pytest.fixture
def installed(server: ServerUnderTest) -> Callable[[str], ServerUnderTest]:
    """The server, once it has what a framework needs."""

    def install(framework: str) -> ServerUnderTest:
        shown = server.call("GET", f"/frameworks/{framework}")
        if shown["needsEnvironment"] and shown["state"] != "ready":
            server.call("POST", f"/frameworks/{framework}/install", 202)
            wait_until_built(server, framework)
        return server

    return install


def wait_until_built(server: ServerUnderTest, framework: str, seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while (shown := server.call("GET", f"/frameworks/{framework}"))["state"] == "building":
        assert time.monotonic() < deadline, shown
        time.sleep(0.1)
    assert shown["state"] == "ready", shown


@pytest.fixture
def run_agent(installed: Callable[[str], ServerUnderTest]) -> Callable[..., dict[str, Any]]:
    """Run an agent of a framework to its end: `configuration`, and `input`; the execution."""

    def run(framework: str, configuration: dict[str, Any], input: dict[str, Any] | None = None) -> dict[str, Any]:
        server = installed(framework)
        return server.wait(
            server.start_run(make_agent(server, framework, configuration), input=input or {}), seconds=90
        )

    return run


def make_agent(server: ServerUnderTest, framework: str, configuration: dict[str, Any]) -> str:
    body = {"name": f"a {framework}", "framework": framework, "configuration": configuration}
    return server.call("POST", "/agents", 201, json=body)["id"]


def add_provider(server: ServerUnderTest, url: str) -> str:
    """The name of a model at an address."""
    name = f"p{uuid.uuid4().hex[:8]}"
    server.call("POST", "/providers", 201, json={"name": name, "kind": "local", "baseUrl": url})
    return f"{name}/m"
