"""What the server half says of CrewAI, which is not needed for that."""

import sys
from typing import Any

import pytest

from orchestra.domain.frameworks import Framework
from orchestra.errors import Invalid
from orchestra.services.configuration import check, with_defaults
from orchestra_plugins.crewai import orchestra_frameworks

AGENT = {"role": "Clerk", "goal": "Answer", "backstory": "Patient."}
TASK = {"description": "Answer it.", "expected_output": "One sentence."}
CREW = {"model": "m", "agents": [AGENT], "tasks": [TASK]}


@pytest.fixture
def framework() -> Framework:
    return next(iter(orchestra_frameworks()))


def test_it_is_described_without_crewai(framework: Framework) -> None:
    assert "crewai" not in sys.modules
    assert framework.lock_for("3.12") is not None


@pytest.mark.parametrize("given", [CREW, {"crew": "crew.jsonc", "project": "/p"}])
def test_a_crew_is_made_here_or_comes_from_a_project(framework: Framework, given: dict[str, Any]) -> None:
    check(framework, given)
    assert with_defaults(framework, given)["process"] == "sequential"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"model": "m", "agents": [AGENT]},
        {**CREW, "agents": []},
        {**CREW, "tasks": []},
        {**CREW, "agents": [{"role": "Clerk"}]},
        {**CREW, "agents": [{**AGENT, "functions": ["no reference"]}]},
        {**CREW, "process": "consensual"},
        {**CREW, "mcp_servers": [{"transport": "stdio", "name": "../x", "command": "y"}]},
        {**CREW, "unknown": 1},
    ],
)
def test_what_is_no_crew_is_refused(framework: Framework, given: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        check(framework, given)


def test_the_lock_leaves_out_what_nothing_here_uses(framework: Framework) -> None:
    lock = framework.lock_for("3.11")
    assert lock is not None
    left_out = [line for line in lock.read_text("utf-8").splitlines() if "sys_platform == 'never'" in line]
    assert {"kubernetes", "onnxruntime", "uv"} <= {line.partition("==")[0] for line in left_out}
