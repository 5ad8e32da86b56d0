"""The page about the client is true: it names every method, and each of its blocks runs."""

import re
import subprocess
import sys
from pathlib import Path

from servers import ServerUnderTest

from orchestra.client.api import Api
from orchestra.client.groups import Group, operation, series

PAGE = Path(__file__).parents[2] / "docs" / "client.md"


def test_every_method_is_named() -> None:
    named = {
        group: re.findall(r"`(\w+)`", methods)
        for group, methods in re.findall(r"^\| `([\w.]+)` \| (.+) \|$", PAGE.read_text(), re.MULTILINE)
    }
    groups = {f"client.{name}": type(one) for name, one in vars(Api(None)).items() if isinstance(one, Group)}
    there = {
        place: [name for name, found in vars(group).items() if isinstance(found, operation | series)]
        for place, group in {**groups, "client": Api}.items()
    }
    there["client"].append("close")
    assert named == there


def test_every_block_runs(server: ServerUnderTest) -> None:
    script = "\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL))
    environment = {**server.environment(), "URL": server.presence.url, "KEY": server.presence.key}
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], env=environment, capture_output=True, text=True, timeout=100
    )
    assert ran.returncode == 0, f"{ran.stdout[-1500:]}\n{ran.stderr[-1500:]}"
    assert "['COMPLETED', 'COMPLETED', 'COMPLETED']" in ran.stdout
    assert "/configuration/model" in ran.stdout
