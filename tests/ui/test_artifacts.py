"""Artifacts on an execution's page."""

from pathlib import Path

import pytest
from screens import Visit

from orchestra.services.starting import StartRequest

pytestmark = pytest.mark.anyio


async def test_files_are_listed_and_shown(visit: Visit, tmp_path: Path) -> None:
    execution = visit.services.executions.start(visit.principal, StartRequest(visit.agent().id))
    await visit.user.open(f"/executions/{execution.id}")
    await visit.sees("Completed in")
    folder = tmp_path / "runs" / execution.id / "files"
    (folder / "report.csv").write_text("name,age\nAda,<b>36</b>\n")
    (folder / "notes.txt").write_text("Said <i>so</i>.")
    await visit.user.open(f"/executions/{execution.id}")
    await visit.sees("Artifacts 2")
    visit.user.find("Artifacts 2").click()
    await visit.sees("kept for 30 days after the end of the run")
    await visit.sees("15 bytes")
    visit.user.find("notes.txt").click()
    await visit.sees("Close")
    assert "Said <i>so</i>." in visit.dialog_texts()
    await visit.user.open(f"/executions/{execution.id}")
    await visit.sees("Artifacts 2")
    visit.user.find("Artifacts 2").click()
    await visit.sees("23 bytes")
    visit.user.find("report.csv").click()
    await visit.sees("Close")
    assert "<b>36</b>" in visit.dialog_texts()


async def test_a_run_that_left_nothing_says_so(visit: Visit) -> None:
    execution = visit.services.executions.start(visit.principal, StartRequest(visit.agent().id))
    await visit.user.open(f"/executions/{execution.id}")
    await visit.sees("Completed in")
    visit.user.find("Artifacts").click()
    await visit.sees("It has left no files.")
