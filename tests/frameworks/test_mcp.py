"""Real servers of the Model Context Protocol, as a program and at an address, for each framework that takes them."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from one_agent import LIVING, one_agent
from servers import ServerUnderTest
from talker import Json, Said, talker, tools_used

from orchestra.registry import Registry

from .conftest import add_provider, make_agent

_REGISTRY = Registry()
_REGISTRY.load()
FRAMEWORKS = [one for one in LIVING if one in _REGISTRY.frameworks]
pytestmark = [pytest.mark.timeout(600), pytest.mark.parametrize("framework", FRAMEWORKS)]
_SERVER = '''
import os, sys
from mcp.server.fastmcp import Context, FastMCP

server = FastMCP("sums", host="127.0.0.1", port=int(sys.argv[2]))

@server.tool()
def add(first: int, second: int, context: Context) -> str:
    """Add two numbers."""
    request = context.request_context.request
    secret = os.environ.get("API_TOKEN", "none") if request is None else request.headers.get("authorization", "none")
    return f"{first + second}, known by {secret[-4:]}, beside {os.environ.get('OPENAI_API_KEY')}"

server.run(sys.argv[1])
'''


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "sums.py"
    path.write_text(_SERVER)
    return path


def python_of(server: ServerUnderTest, framework: str) -> str:
    return str(next((server.data_dir / "environments").glob(f"{framework}-*/bin/python")))


@contextmanager
def listening(python: str, script: Path) -> Iterator[str]:
    """The server at an address, run with a framework's own `mcp`."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    child = subprocess.Popen([python, str(script), "streamable-http", str(port)], stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        child.terminate()
        child.wait(20)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def use_the_tool(asked: Json) -> Said:
    if tools_used(asked) or "tools" not in asked:
        return "done"
    name = next(one["function"]["name"] for one in asked["tools"] if "add" in one["function"]["name"])
    return {"name": name, "arguments": {"first": 20, "second": 22}}


def begin(server: ServerUnderTest, framework: str, url: str, mcp: dict[str, Any]) -> str:
    configuration = one_agent(framework, add_provider(server, url), task="Add 20 and 22.")
    return server.start_run(make_agent(server, framework, {**configuration, "mcp_servers": [mcp]}))


def result(server: ServerUnderTest, execution: str) -> str:
    """What the tool gave, once the run has completed."""
    ended = server.wait(execution, seconds=90)
    assert ended["status"] == "COMPLETED", ended["reason"]
    events = server.events(execution)
    tools = {one.step for one in events if one.kind == "step_started" and one.data["type"] == "tool"}
    (given,) = [str(one.data["result"]) for one in events if one.kind == "step_ended" and one.step in tools]
    return given


def test_a_server_at_an_address_is_used_with_its_authorization(
    installed: Callable[[str], ServerUnderTest], framework: str, script: Path
) -> None:
    server = installed(framework)
    with listening(python_of(server, framework), script) as address, talker(use_the_tool) as url:
        mcp = {"transport": "streamable_http", "name": "sums", "url": address, "authorization": "Bearer s3cret"}
        assert "42, known by cret" in result(server, begin(server, framework, url, mcp))


def test_a_program_is_allowed_once_and_has_its_variables_and_no_key_of_the_runs(
    installed: Callable[[str], ServerUnderTest], framework: str, script: Path
) -> None:
    server = installed(framework)
    variables = [{"name": "API_TOKEN", "value": "s3cret"}]
    program = {"command": python_of(server, framework), "args": [str(script), "stdio", "0"], "env": variables}
    with talker(use_the_tool) as url:
        execution = begin(server, framework, url, {"transport": "stdio", "name": "sums", **program})
        server.wait_for_question(execution, seconds=60)
        asked = server.execution(execution)["waitingFor"][0]
        assert f"API_TOKEN=… {program['command']} {script} stdio 0" in asked["question"]
        allowed = {"questionId": asked["id"], "answer": "Allow it for this run"}
        server.call("POST", f"/executions/{execution}/answers", json=allowed)
        assert "42, known by cret, beside None" in result(server, execution)


def test_an_address_where_nothing_listens_fails_with_its_name(
    installed: Callable[[str], ServerUnderTest], framework: str
) -> None:
    server = installed(framework)
    mcp = {"transport": "streamable_http", "name": "sums", "url": "http://127.0.0.1:9/mcp"}
    with talker(use_the_tool) as url:
        ended = server.wait(begin(server, framework, url, mcp), seconds=60)
    assert (ended["status"], ended["failure"]) == ("FAILED", "configuration"), ended["reason"]
    assert "MCP server 'sums' could not be used" in ended["reason"]
