"""A plugin whose framework needs an environment of its own, made anew for each test, offline."""

import os
from pathlib import Path

import pytest
from servers import ServerUnderTest
from wheels import lock_of, wheel

_PLUGIN = """
from pathlib import Path
from orchestra.domain.frameworks import Framework, Sample
from orchestra.hookspecs import hookimpl

FOLDER = Path(__file__).parent
SCHEMA = {"type": "object", "properties": {"seconds": {"type": "number", "default": 0}}}

@hookimpl
def orchestra_frameworks():
    return [Framework(id="boxed", title="Boxed", description="Says which package it has.", homepage="https://example.org",
                      license="MIT", python=">=3.9", config_schema=SCHEMA, worker=FOLDER / "worker.py",
                      requirements=FOLDER / "requirements.lock", imports=("boxpkg",), size_bytes=123,
                      samples=(Sample("short", "A short run", "Ends at once.", {}, script=FOLDER / "script.yaml"),))]
"""
_WORKER = """
import sys, time
import boxpkg

def run(request, context):
    context.log("boxed runs")
    time.sleep(request.configuration["seconds"])
    return {"answer": boxpkg.VERSION, "prefix": sys.prefix}
"""
# Its import waits while there is a file, so that a test can look at a build that is under way.
_PACKAGE = """
import os, time
while os.path.exists({gate!r}):
    time.sleep(0.02)
VERSION = {version!r}
"""


class Boxed:
    """The plugin and the package index of a test; `gate` holds up every build while it exists."""

    def __init__(self, folder: Path) -> None:
        self.plugins = folder / "plugins"
        self.links = folder / "links"
        self.gate = folder / "gate"
        package, info = self.plugins / "boxed_plugin", self.plugins / "boxed_plugin-1.0.dist-info"
        for made in (package, info, self.links):
            made.mkdir(parents=True)
        (package / "__init__.py").write_text(_PLUGIN)
        (package / "worker.py").write_text(_WORKER)
        (package / "script.yaml").write_text("rules: [{reply: Done.}]")
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: boxed-plugin\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[orchestra]\nboxed = boxed_plugin\n")
        self.release("1.0")

    def release(self, version: str) -> Path:
        """Have the plugin ask for this version of its package, which the index offers."""
        made = wheel(self.links, "boxpkg", version, boxpkg=_PACKAGE.format(gate=str(self.gate), version=version))
        lock_of(self.plugins / "boxed_plugin" / "requirements.lock", made)
        return made

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let servers that are started from now on find the plugin, and uv the index."""
        given = os.environ.get("PYTHONPATH")
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(self.plugins), given])))
        monkeypatch.setenv("UV_FIND_LINKS", str(self.links))
        monkeypatch.setenv("UV_NO_INDEX", "1")
        monkeypatch.setenv("UV_NO_CONFIG", "1")


def boxed_agent(server: ServerUnderTest, **configuration: object) -> str:
    """The id of a new agent of the framework."""
    body = {"name": "boxed", "framework": "boxed", "configuration": configuration}
    return server.call("POST", "/agents", 201, json=body)["id"]
