"""What uv says, turned into progress and into sentences; the lines are uv 0.13's."""

import pytest

from orchestra.domain.environments import Phase, Progress
from orchestra.environments.uv_output import ProgressReader, is_noise, sentence_for, without_credentials

LINES = """\
DEBUG uv 0.13.9
DEBUG Selecting: jsonpatch==1.47 [compatible] (jsonpatch-1.47-py3-none-any.whl)
DEBUG Selecting: zstandard==0.25.0 [compatible] (zstandard-0.25.0-cp311-cp311-manylinux2014_x86_64.whl)
Resolved 2 packages in 334ms
DEBUG Identified uncached distribution: zstandard==0.25.0
DEBUG Identified uncached distribution: json_patch==1.47
DEBUG Sending fresh GET request for: https://pypi.org/simple/zstandard/
DEBUG Sending fresh GET request for: https://files.example.org/aa/zstandard-0.25.0-cp311-cp311-manylinux2014_x86_64.whl
Downloading zstandard (5.3MiB)
   Building badpkg==1.0
Installed 2 packages in 53ms
 + jsonpatch==1.47""".splitlines()


def test_progress_counts_packages_phase_by_phase() -> None:
    reader = ProgressReader(2)
    told = [progress for line in LINES if (progress := reader.read(line))]
    assert told == [
        Progress(Phase.RESOLVE, 1, 2, "jsonpatch"),
        Progress(Phase.RESOLVE, 2, 2, "zstandard"),
        Progress(Phase.FETCH, 1, 2, "zstandard"),
        Progress(Phase.FETCH, 1, 2, "zstandard"),
        Progress(Phase.BUILD, 1, 0, "badpkg"),
        Progress(Phase.INSTALL, 1, 2, "jsonpatch"),
    ]
    assert told[2].sentence == "Fetching zstandard (1 of 2)"


def test_credentials_of_an_index_are_taken_out() -> None:
    said = "error: Failed to fetch: https://ada:secret@index.example.org/simple/a@b/"
    assert without_credentials(said) == "error: Failed to fetch: https://…@index.example.org/simple/a@b/"


def test_only_lines_for_uvs_developers_are_noise() -> None:
    assert [line for line in LINES if not is_noise(line)] == [line for line in LINES if not line.startswith("DEBUG")]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            "error: Failed to download `idna==3.10`\n  cause: Hash mismatch for `idna==3.10`",
            "idna==3.10 is not the one",
        ),
        (
            "error: No solution found when resolving dependencies\n"
            "  cause: Because nosuch was not found in the package registry and you require nosuch==1.0, "
            "we can conclude that your requirements are unsatisfiable.",
            "Because nosuch was not found",
        ),
        (
            "error: Failed to fetch: https://pypi.org/simple/a/\n  cause: error sending request for url\n"
            "  cause: client error (Connect)\n  cause: dns error",
            "cannot be reached",
        ),
        ("error: Failed to write to the client cache\n  cause: No space left on device (os error 28)", "disk is full"),
        (
            "error: Failed to build `badpkg==1.0`\n  cause: The build backend returned an error\n\n"
            "         Traceback (most recent call last):\n         RuntimeError: no compiler",
            "badpkg==1.0 has no ready-made package for this machine, and could not be built here: RuntimeError: no",
        ),
        ("error: x\n  cause: HTTP status client error (403 Forbidden) for url (https://a/)", "answered 403 Forbidden"),
        ("error: Something else\n  cause: of this", "Something else: of this."),
        ("", "uv failed."),
    ],
)
def test_each_failure_is_a_sentence(said: str, words: str) -> None:
    sentence = sentence_for("Tiny", said.splitlines())
    assert words in sentence
    assert "Tiny" in sentence or "badpkg" in sentence
    assert sentence.endswith(".")
