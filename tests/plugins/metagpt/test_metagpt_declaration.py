"""What the server learns of MetaGPT."""

from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from orchestra.domain.frameworks import Framework
from orchestra.environments.builds import no_python
from orchestra.environments.interpreters import Python, choose
from orchestra.errors import Invalid
from orchestra.services.configuration import check, with_defaults
from orchestra_plugins.metagpt import orchestra_frameworks

ROLE = {"type": "Role", "name": "Ann", "profile": "Coder", "actions": ["Write"], "watch": ["UserRequirement"]}
TEAM = {"model": "m", "actions": [{"name": "Write", "prompt": "{idea}"}], "roles": [ROLE]}


@pytest.fixture
def framework() -> Framework:
    return next(iter(orchestra_frameworks()))


def test_a_machine_without_python_311_gets_a_sentence_that_says_so(framework: Framework) -> None:
    there = [Python(Path("/usr/bin/python3"), Version(version)) for version in ("3.13.0", "3.12.1", "3.10.13")]
    assert choose(framework, there) is None
    said = no_python(framework, [str(python.version) for python in there])
    assert said.startswith(
        "MetaGPT needs Python >=3.11,<3.12, and this machine has 3.13.0, 3.12.1, 3.10.13. Install one"
    )


def test_its_environment_brings_the_files_that_it_replaces(framework: Framework) -> None:
    assert all(Path(content).is_file() for content in framework.environment_files.values())
    assert framework.second_step is not None and "metagpt==0.8.2" in framework.second_step.read_text()


@pytest.mark.parametrize("sound", [TEAM, {"model": "m", "mode": "software_company", "idea": "A game."}])
def test_a_team_and_the_company_can_be_configured(framework: Framework, sound: dict[str, Any]) -> None:
    check(framework, sound)
    assert with_defaults(framework, sound)["n_round"] == 8


@pytest.mark.parametrize(
    "wrong",
    [
        {"roles": []},
        {"mode": "sop", "roles": []},
        {"model": ""},
        {"n_round": 0},
        {"roles": [{**ROLE, "watch": []}]},
        {"roles": [{**ROLE, "react_mode": "whenever"}]},
        {"roles": [{"type": "class", "role": "Reviewer"}]},
        {"actions": [{"name": "not a name", "prompt": "x"}]},
        {"project_name": "../elsewhere"},
        {"unknown": 1},
    ],
)
def test_nonsense_is_refused(framework: Framework, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        check(framework, {**TEAM, **wrong})
