"""Answers are written once, whole, and nowhere but where they belong."""

import json
from pathlib import Path

import pytest

from orchestra.engine.answers import answer_path, write_answer
from orchestra.errors import Unavailable


def test_an_answer_is_written_once(tmp_path: Path) -> None:
    assert write_answer(tmp_path, "q1", {"answer": "yes"})
    assert not write_answer(tmp_path, "q1", {"answer": "no"})
    assert json.loads(answer_path(tmp_path, "q1").read_bytes()) == {"answer": "yes"}
    assert [path.name for path in answer_path(tmp_path, "q1").parent.iterdir()] == ["q1.json"]


def test_a_link_in_place_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    journal = tmp_path / "journal"
    journal.mkdir()
    answer_path(journal, "q1").parent.symlink_to(elsewhere)
    with pytest.raises(Unavailable):
        write_answer(journal, "q1", {"answer": "yes"})
    assert list(elsewhere.iterdir()) == []


def test_a_link_in_place_of_the_answer_is_not_written_through(tmp_path: Path) -> None:
    path = answer_path(tmp_path, "q1")
    path.parent.mkdir()
    path.symlink_to(tmp_path / "precious")
    assert not write_answer(tmp_path, "q1", {"answer": "yes"})
    assert not (tmp_path / "precious").exists()


def test_a_journal_that_is_gone_gets_its_folder_again(tmp_path: Path) -> None:
    assert write_answer(tmp_path / "gone", "q1", {"answer": 1})
