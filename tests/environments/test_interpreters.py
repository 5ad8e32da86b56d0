"""Which Pythons are found on a machine, and which of them a framework gets."""

import sys
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from orchestra.domain.frameworks import Framework
from orchestra.environments.interpreters import Python, choose, find_pythons, probe

BASE = Path(getattr(sys, "_base_executable", sys.executable))


def machine(*versions: str) -> list[Python]:
    return [Python(Path(f"/python{version}"), Version(version)) for version in versions]


def framework(python: str, **changes: Any) -> Framework:
    values = {"id": "f", "title": "", "description": "", "homepage": "", "license": "", "config_schema": {}}
    return Framework(**{**values, "python": python, "worker": Path(), "requirements": Path("lock"), **changes})


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (">=3.9", "3.11.2"),
        (">=3.9,<3.11", "3.10.13"),
        ("<3.12,>3.11.2", "3.11.7"),
        (">=3.12", "3.13.0"),
        ("~=3.12.0", "3.12.1"),
        (">=3.14", None),
        (">=3.14.0a1", "3.14.0a2"),
    ],
)
def test_the_first_that_fits_is_chosen(wanted: str, chosen: str | None) -> None:
    found = choose(framework(wanted), machine("3.11.2", "3.14.0a2", "3.13.0", "3.12.1", "3.11.7", "3.10.13"))
    assert (str(found.version) if found else None) == chosen


def test_a_python_without_a_lock_is_not_chosen() -> None:
    locked = framework(">=3.9", requirements=None, requirements_by_python={"3.12": Path("lock")})
    found = choose(locked, machine("3.13.0", "3.12.1"))
    assert found is not None
    assert found.minor == "3.12"


def test_ours_comes_first_and_every_path_is_absolute() -> None:
    found = find_pythons()
    assert found[0].path.samefile(BASE)
    assert all(python.path.is_absolute() for python in found)
    assert len({python.version for python in found}) == len(found)


def test_pyenvs_versions_are_found_and_what_is_broken_is_not(tmp_path: Path) -> None:
    sound, broken, shim = (tmp_path / part for part in ("versions/9.9/bin", "versions/8.8/bin", "shims"))
    for folder in (sound, broken, shim):
        folder.mkdir(parents=True)
    (sound / "python3").symlink_to(BASE)
    for path in (broken / "python3", shim / "python3.12"):
        path.write_text("#!/bin/sh\nexit 127\n")
        path.chmod(0o755)
    environment = {"PYENV_ROOT": str(tmp_path), "PATH": f"{shim}:relative:{tmp_path / 'missing'}", "HOME": "/nowhere"}
    assert {python.version for python in find_pythons(environment)} == {Version(sys.version.split()[0])}
    assert probe(broken / "python3") is None
