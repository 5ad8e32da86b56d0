"""What uv and pip say becomes a list of changes, or a sentence."""

import json

import pytest

from orchestra.domain.plugins import PackageChange
from orchestra.installer.ours import packages_of_ours
from orchestra.installer.said import OF_A_FILE, changes_in_pip, changes_in_uv, why_not


def test_the_dry_run_of_uv_tells_what_comes_goes_and_changes() -> None:
    lines = [
        "Would install 3 packages",
        " - pluggy==1.7.0",
        " + pluggy==1.5.0",
        " + Six_More==1.17.0",
        " - old==1",
        " + orchestra-hello @ file:///somewhere/hello",
    ]
    assert changes_in_uv(lines) == [
        PackageChange("old", "1", None),
        PackageChange("orchestra-hello", None, OF_A_FILE),
        PackageChange("pluggy", "1.7.0", "1.5.0"),
        PackageChange("six-more", None, "1.17.0"),
    ]


def test_the_report_of_pip_tells_the_same() -> None:
    report = json.dumps({"install": [{"metadata": {"name": "Hello", "version": "2"}}]})
    assert changes_in_pip(report, {"hello": "1"}.get) == [PackageChange("hello", "1", "2")]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("  cause: Because nosuch was not found in the package registry and you require", "no package 'nosuch'"),
        ("ERROR: No matching distribution found for nosuch", "no package 'nosuch'"),
        (
            "error: No solution found when resolving\n  cause: Because a needs b<2.",
            "keep their versions: Because a needs",
        ),
        ("ERROR: ResolutionImpossible: see", "keep their versions"),
        ("error: The interpreter at `/usr` is externally managed", "belongs to the operating system"),
        ("error: failed to create file: Permission denied (os error 13)", "cannot be written to"),
        ("error: No space left on device (os error 28)", "The disk is full"),
        ("error: error sending request for url", "package index cannot be reached"),
        ("error: something new", "something new"),
    ],
)
def test_each_failure_is_one_sentence(line: str, words: str) -> None:
    sentence = why_not("hello", line.splitlines())
    assert words in sentence
    assert "\n" not in sentence


def test_our_own_packages_are_all_that_we_stand_on() -> None:
    ours = packages_of_ours()
    assert {"agentorchestra", "pydantic", "pydantic-core", "starlette", "httptools", "argon2-cffi"} <= set(ours)
    assert "pytest" not in ours
