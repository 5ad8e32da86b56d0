"""Installations of their own for tests: a fresh environment with our wheel, as a user has it."""

import functools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from servers import ServerUnderTest

from orchestra.environments.builder import uv_binary

ROOT = Path(__file__).parents[2]


class Installation:
    """An environment that holds AgentOrchestra, its locked dependencies and pip, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        uv = uv_binary()
        run(uv, "venv", "--quiet", "--python", sys.executable, "--seed", str(folder))
        self.python = folder / "bin" / "python"
        run(uv, "pip", "install", "--quiet", "--python", str(self.python), "-r", str(ROOT / "requirements.lock"))
        run(uv, "pip", "install", "--quiet", "--python", str(self.python), "--no-deps", str(our_wheel()))

    def orchestra(self, *arguments: str, data_dir: Path, **more: str) -> subprocess.CompletedProcess[str]:
        """The command line of this installation, on that data folder."""
        return self.run("-m", "orchestra", *arguments, variables={"ORCHESTRA_DATA_DIR": str(data_dir), **more})

    def run(
        self, *arguments: str, cwd: Path | None = None, variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """This installation's Python, with those variables besides."""
        return subprocess.run(
            [str(self.python), *arguments],
            env={**self.environment(), **(variables or {})},
            cwd=cwd or self.folder,
            capture_output=True,
            text=True,
            timeout=280,
        )

    def environment(self) -> dict[str, str]:
        dropped = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
        kept = {name: value for name, value in os.environ.items() if name not in dropped}
        return {name: value for name, value in kept.items() if not name.startswith("ORCHESTRA_")}

    def versions(self) -> dict[str, str]:
        """Each package with its version."""
        listed = json.loads(run(uv_binary(), "pip", "list", "--format", "json", "--python", str(self.python)))
        return {one["name"]: one["version"] for one in listed}


@functools.cache
def our_wheel() -> Path:
    """Our wheel, built once for all tests of a process."""
    folder = Path(tempfile.mkdtemp(prefix="orchestra-wheel."))
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT))
    return next(folder.glob("*.whl"))


def run(*command: str) -> str:
    """What a program prints; it must succeed."""
    ran = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert ran.returncode == 0, f"{' '.join(command)}\n{ran.stdout[-2000:]}\n{ran.stderr[-3000:]}"
    return ran.stdout


class InstalledServer(ServerUnderTest):
    """A server of an installation of its own, which may install plugins into it."""

    def __init__(self, installation: Installation, data_dir: Path, **settings: str) -> None:
        data_dir.mkdir(parents=True)
        super().__init__(data_dir, plugin_installs="true", **settings)
        self.python = str(installation.python)

    def environment(self) -> dict[str, str]:
        return {name: value for name, value in super().environment().items() if name != "PYTHONPATH"}

    def install(self, package: str) -> dict[str, Any]:
        """How the install of a package ended."""
        self.call("POST", "/plugins", 202, json={"package": package})
        return self.settled()

    def settled(self) -> dict[str, Any]:
        deadline = time.monotonic() + 120
        while (work := self.call("GET", "/plugins")["work"])["busy"]:
            assert time.monotonic() < deadline, work
            time.sleep(0.05)
        return work
