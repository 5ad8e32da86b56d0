"""Measures building the environment of a real framework (LangGraph, 44 packages) beside bare uv with the same lock."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from orchestra.domain.environments import Phase, Progress
from orchestra.domain.frameworks import Framework
from orchestra.environments.builder import Build, uv_binary, uv_environment
from orchestra.environments.catalog import recipe_for
from orchestra.environments.commands import Stop
from orchestra.environments.interpreters import Python, probe
from orchestra.environments.layout import Layout, python_in

LOCK = Path(__file__).with_name("langgraph.lock")
IMPORTS = ("langgraph.graph", "langchain.agents", "langchain_openai")
ROUNDS = 5


@dataclass(frozen=True)
class Figures:
    """Median seconds from a warm cache: bare uv; bare uv with a first import; ours up to the import; ours whole."""

    bare: float
    bare_and_import: float
    installed: float
    ready: float


def measure(folder: Path) -> Figures:
    """The two take turns, so that noise hits both alike."""
    python = probe(Path(sys.executable))
    assert python is not None
    layout = Layout.of(folder)
    ours(layout, python)  # fills the cache that both use
    bare, bare_whole, installed, ready = (list[float]() for _ in range(4))
    for number in range(ROUNDS):
        environment = folder / f"bare{number}"
        bare.append(seconds(lambda: build_bare(layout, python, environment)))  # noqa: B023 - called at once
        bare_whole.append(bare[-1] + seconds(lambda: import_in(environment)))  # noqa: B023
        for figures, figure in zip((installed, ready), ours(layout, python), strict=True):
            figures.append(figure)
    return Figures(*map(statistics.median, (bare, bare_whole, installed, ready)))


def ours(layout: Layout, python: Python) -> tuple[float, float]:
    """Seconds until everything is installed, and until it is checked and in its place."""
    framework = Framework(
        id="langgraph",
        title="LangGraph",
        description="",
        homepage="",
        license="MIT",
        python=">=3.11",
        config_schema={},
        worker=LOCK,
        requirements=LOCK,
        imports=IMPORTS,
    )
    installed = 0.0

    def report(progress: Progress) -> None:
        nonlocal installed
        if progress.phase is Phase.CHECK:
            installed = time.perf_counter() - began

    began = time.perf_counter()
    Build(layout, recipe_for(framework, python.minor), framework.title, Stop(), report).run(python)
    return installed, time.perf_counter() - began


def build_bare(layout: Layout, python: Python, environment: Path) -> None:
    variables = uv_environment(layout)
    uv = uv_binary()
    for command in (
        [uv, "venv", "--quiet", "--python", str(python.path), str(environment)],
        [uv, "pip", "sync", "--quiet", "--python", str(python_in(environment)), "--require-hashes", str(LOCK)],
    ):
        subprocess.run(command, env=variables, check=True)


def import_in(environment: Path) -> None:
    command = [str(python_in(environment)), "-I", "-c", f"import {', '.join(IMPORTS)}"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def seconds(action: Callable[[], None]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began
