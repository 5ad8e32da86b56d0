"""The user's files in the run's folder."""

import os
from pathlib import Path

import pytest

from orchestra_plugins.openagents.worker.data_agent import files
from orchestra_plugins.openagents.worker.data_agent.files import NotCopiedError, changed, copy_in, stamps


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "run"
    made.mkdir()
    return made


def test_files_are_copied_and_stay_as_they_are(tmp_path: Path, folder: Path):
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "data.csv").write_text(place)
    paths = [str(tmp_path / place / "data.csv") for place in ("a", "b")]
    assert copy_in(paths, str(folder), lambda path: path) == ["data.csv", "data_2.csv"]
    (folder / "data.csv").write_text("other")
    assert (tmp_path / "a" / "data.csv").read_text() == "a"
    assert (folder / "data_2.csv").read_text() == "b"


@pytest.mark.parametrize("name", ["missing.csv", ".", "pipe", "a\0b", "x" * 5000])
def test_what_is_no_file_is_told(tmp_path: Path, folder: Path, name: str):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotCopiedError, match="cannot be used"):
        copy_in([str(tmp_path / name)], str(folder), lambda path: path)


def test_too_much_is_refused(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(files, "MAX_BYTES", 5)
    for name in ("a", "b"):
        (tmp_path / name).write_text("xyz")
    with pytest.raises(NotCopiedError, match="more than 5 bytes together"):
        copy_in([str(tmp_path / "a"), str(tmp_path / "b")], str(folder), lambda path: path)


def test_new_and_changed_files_are_found_but_no_hidden_ones(folder: Path):
    (folder / "old.txt").write_text("1")
    before = stamps(str(folder))
    (folder / "old.txt").write_text("12")
    for name in ("sub", ".cache", "__pycache__"):
        (folder / name).mkdir()
        (folder / name / "new.txt").write_text("2")
    (folder / ".hidden").write_text("3")
    (folder / "link").symlink_to("/etc/passwd")
    assert changed(before, stamps(str(folder))) == ["old.txt", "sub/new.txt"]
