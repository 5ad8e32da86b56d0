"""MetaGPT's worker half, as far as it decides without MetaGPT: prompts, paths, refusals."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

import orchestra_plugins.metagpt

WORKER = Path(orchestra_plugins.metagpt.__file__).with_name("worker")


def part(name: str) -> ModuleType:
    """One module of the worker half alone; the whole would import MetaGPT."""
    spec = importlib.util.spec_from_file_location(f"metagpt_{name}", WORKER / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_prompts_get_what_was_said_and_keep_their_other_braces() -> None:
    filled = part("prompts").filled
    said = [("Human", "A game"), ("Coder", "print({context})")]
    assert filled('{last} {idea} {"a": {}}', said, "idea") == 'print({context}) idea {"a": {}}'
    assert filled("{context}", said, "") == "Human: A game\nCoder: print({context})"
    assert filled("{last}|{context}", [], "") == "|"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("snake_game", "snake_game"),
        ("../../etc", "etc"),
        (".", "project"),
        ("", "project"),
        ("Ein Spiel!", "Ein_Spiel"),
    ],
)
def test_a_project_gets_a_folder_of_a_plain_name(given: str, expected: str) -> None:
    assert part("paths").plain_name(given) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("main.py", True),
        ("../docs/a.md", True),
        ("../../x.py", False),
        ("/etc/passwd", False),
        ("../.git/config", False),
    ],
)
def test_files_that_a_model_names_lie_in_the_project(tmp_path: Path, name: str, expected: bool) -> None:
    (tmp_path / "game" / "src").mkdir(parents=True)
    assert part("paths").is_inside(name, tmp_path / "game" / "src", tmp_path / "game") is expected


def test_a_link_leads_nowhere_else(tmp_path: Path) -> None:
    project = tmp_path / "game"
    project.mkdir()
    (project / "out").symlink_to(tmp_path)
    assert not part("paths").is_inside("out/x.py", project, project)


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (402, "budget_exceeded", "budget"),
        (402, "insufficient_quota", "model_refused"),
        (403, None, "model_refused"),
        (404, "model_not_found", "model_refused"),
        (429, "insufficient_quota", "model_refused"),
        (429, None, "model_unreachable"),
        (503, None, "model_unreachable"),
        (None, None, "model_unreachable"),
    ],
)
def test_a_refusal_has_the_class_that_the_server_would_give_it(
    status: int | None, code: str | None, expected: str
) -> None:
    assert part("refusals").failure_of(status, code) == expected


def test_a_refusal_is_told_in_the_gateways_words() -> None:
    sentence_of = part("refusals").sentence_of
    assert sentence_of("m", {"message": "No money."}, "Error code: 402") == "The model 'm' gave no reply: No money."
    assert sentence_of("m", None, "Connection error.") == "The model 'm' gave no reply: Connection error."
