"""Conversations that go on in another run."""

from pathlib import Path
from typing import Any

import pytest

from orchestra_plugins.openagents.worker.data_agent import threads
from orchestra_plugins.openagents.worker.data_agent.threads import Thread

PYTHON = '```json\n{"action": "PythonCodeBuilder", "action_input": "Count."}\n```'


@pytest.fixture
def anew(context: Any, tmp_path: Path) -> Any:
    """The next run of the same agent: a folder of its own, the agent's folder as it was."""

    def begin() -> None:
        folder = tmp_path / f"next-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        context.folder = str(folder)

    return begin


def test_a_thread_goes_on_with_its_files(
    work: Any, gateway: Any, context: Any, scripted: Any, anew: Any, tmp_path: Path
):
    (tmp_path / "notes.txt").write_text("Buy bread.")
    files = {"data_agent": {"files": [str(tmp_path / "notes.txt")]}}
    gateway.answer = scripted(PYTHON, "Noted.", code="open('notes.txt', 'a').write(' And milk.')")
    work({"thread": "T", "task": "Add milk."}, **files)
    anew()
    gateway.answer = lambda _: "Bread and milk."
    assert work({"thread": "T", "task": "What to buy?"}, **files)["answer"] == "Bread and milk."
    messages = gateway.requests[-1]["messages"]
    assert [one["content"] for one in messages[1:3]] == ["Add milk.", "Noted."]
    assert "Buy bread. And milk." in messages[3]["content"]
    assert (tmp_path / "notes.txt").read_text() == "Buy bread."
    anew()
    work({"thread": "another"})
    assert "milk" not in str(gateway.requests[-1]["messages"])


def test_without_a_thread_nothing_is_kept(work: Any, context: Any):
    work()
    assert not Path(context.agent_folder, "threads").exists()


def test_only_the_latest_files_are_kept(tmp_path: Path):
    folder = tmp_path / "run"
    (folder / "sub").mkdir(parents=True)
    for text in ("one", "two"):
        (folder / "sub" / "a.txt").write_text(text)
        Thread("../../T", str(tmp_path)).keep("task", text, str(folder))
    (place,) = (tmp_path / "threads").iterdir()
    assert [one.read_text() for one in place.rglob("a.txt")] == ["two"]
    again = Thread("../../T", str(tmp_path))
    assert again.restore(str(folder)) == ["sub/a.txt"]
    assert again.turns == [("task", "two")]


def test_a_thread_whose_files_are_too_large_stays_as_it_was(
    work: Any, context: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(threads, "MAX_BYTES", 1)
    (Path(context.folder) / "big").write_text("big")
    work({"thread": "T"})
    assert any("The thread was not kept" in line for line in context.logs)
