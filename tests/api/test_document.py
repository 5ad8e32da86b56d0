"""The page about REST is true: it names every operation, and each of its lines works."""

import re
import subprocess
from pathlib import Path
from typing import Any, cast

from servers import ServerUnderTest

from orchestra.api.application import create_api

PAGE = Path(__file__).parents[2] / "docs" / "rest-api.md"
_CALL = re.compile(r'\bapi (GET|POST|PUT|DELETE) "?(/[^\s"]*)')
_CURL = re.compile(r'\bcurl .*?(?:-X (\w+) )?"\$URL(/[^"]*)"')


def script() -> str:
    return "\n".join(re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL))


def named() -> set[tuple[str, str]]:
    """Method and path of each call on the page."""
    calls = [(method, path) for method, path in _CALL.findall(script())]
    calls += [(method or "GET", path) for method, path in _CURL.findall(script())]
    return {(method, path.partition("?")[0]) for method, path in calls}


def test_every_operation_has_its_line(server: ServerUnderTest) -> None:
    operations = [
        (method.upper(), path.removeprefix("/api"))
        for path, item in server.call("GET", "/openapi.json")["paths"].items()
        for method in item
    ]
    assert len(operations) > 60
    for method, path in operations:
        pattern = re.sub(r"\\{[^}]*\\}", r"(\\$\\w+|[\\w-]+)", re.escape(path))
        assert any(method == one and re.fullmatch(pattern, place) for one, place in named()), f"{method} {path}"


def test_every_line_works(server: ServerUnderTest, tmp_path: Path) -> None:
    environment = {**server.environment(), "URL": server.presence.url + "/api", "KEY": server.presence.key}
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script().replace("example.org", "nobody.invalid")],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, f"{ran.stdout[-1500:]}\n{ran.stderr[-1500:]}"


def test_every_route_is_made_before_anybody_asks_for_it() -> None:
    """The first request of each kind would wait for that, and all others with it."""
    api = create_api(cast(Any, None))
    assert {id(route) for route in api.state.routes} <= {id(route) for route in api.routes}
