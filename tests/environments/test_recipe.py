"""What decides the name of an environment, and what may not."""

from pathlib import Path
from typing import Any

import pytest

from orchestra.domain.frameworks import Framework, stays_inside
from orchestra.environments.recipe import framework_and_python_of, ingredients_of, recipe_of, steps_of
from orchestra.errors import Invalid

LOCK = Path("some.lock")


def framework(**changes: Any) -> Framework:
    values: dict[str, Any] = {"id": "f", "title": "F", "description": "", "homepage": "", "license": "", "python": ""}
    return Framework(**{**values, "config_schema": {}, "worker": Path("w"), "requirements": LOCK, **changes})


def name(framework: Framework, python: str = "3.11", **hashes: str) -> str:
    return recipe_of(framework, python, {"lock": "1", **hashes}).name


def test_the_same_ingredients_give_the_same_name_wherever_they_lie() -> None:
    assert name(framework()) == name(framework(requirements=Path("elsewhere.lock"), title="Another title"))
    assert framework_and_python_of(name(framework())) == ("f", "3.11")


@pytest.mark.parametrize(
    "other",
    [
        name(framework(), "3.12"),
        name(framework(), lock="2"),
        name(framework(), more="1"),
        name(framework(id="g")),
        name(framework(imports=("a.b",))),
    ],
)
def test_whatever_differs_gives_another_name(other: str) -> None:
    assert other != name(framework())


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "../../x"},
        {"id": "a/b"},
        {"id": ".."},
        {"id": ""},
        {"imports": ("os; import sys",)},
        {"imports": ("--help",)},
        {"environment_files": {"../escape": ""}},
        {"environment_files": {"/etc/passwd": ""}},
        {"environment_files": {"site-packages/../../../x": ""}},
        {"environment_files": {"C:\\x": ""}},
        {"requirements": None},
    ],
)
def test_names_that_would_lead_elsewhere_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        name(framework(**changes))


@pytest.mark.parametrize("python", ["3", "3.11/../..", "2.7", ""])
def test_a_python_is_named_by_two_numbers(python: str) -> None:
    with pytest.raises(Invalid):
        name(framework(), python)


@pytest.mark.parametrize(
    ("path", "inside"),
    [("a", True), ("a/b.json", True), ("", False), ("..", False), ("a/../b", False), ("/a", False), ("a\nb", False)],
)
def test_paths_that_stay_inside(path: str, inside: bool) -> None:
    assert stays_inside(path) is inside


def test_a_lock_of_its_own_for_a_python_goes_before_the_common_one() -> None:
    both = framework(requirements_by_python={"3.12": Path("for-3.12.lock")})
    assert ingredients_of(both, "3.12")["lock"] == Path("for-3.12.lock")
    assert ingredients_of(both, "3.11")["lock"] == LOCK
    assert framework(requirements=None, requirements_by_python={"3.12": LOCK}).lock_for("3.11") is None


def test_every_command_that_installs_wants_hashes_and_the_second_step_no_dependencies() -> None:
    recipe = recipe_of(framework(second_step=Path("second.lock")), "3.11", {})
    make, *installs = steps_of(recipe, Path("/usr/bin/python3.11"), Path("/e"), Path("/e/bin/python"))
    assert make.arguments[0] == "venv"
    assert "/usr/bin/python3.11" in make.arguments
    assert all("--require-hashes" in step.arguments for step in installs)
    assert ["--no-deps" in step.arguments for step in installs] == [False, True]
    assert installs[0].arguments[:2] == ("pip", "sync")


@pytest.mark.parametrize("name", [".cache", "langgraph", "f-3.11", "f-3.11-xyz", "F-3.11-0123456789abcdef"])
def test_other_folders_are_no_environments(name: str) -> None:
    assert framework_and_python_of(name) is None
