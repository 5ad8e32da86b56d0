"""The data agent as a whole: what it shows, asks and leaves."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestra.worker.context import RunFailed
from orchestra_plugins.openagents.worker.data_agent.tools import ALWAYS, NO, YES

PYTHON = 'I count.\n```json\n{"action": "PythonCodeBuilder", "action_input": "Count."}\n```'
Play = Callable[..., Any]


def tool_results(context: Any, name: str) -> list[str]:
    return [step.result for step in context.steps if step.name == name]


def test_code_is_written_run_and_looked_at(work: Play, gateway: Any, context: Any, scripted: Play):
    gateway.answer = scripted(PYTHON, "It is 42.", code="open('made.txt', 'w').write('x')\nprint(6 * 7)")
    assert work() == {"answer": "It is 42.", "steps": 2, "files": ["made.txt"]}
    assert tool_results(context, "Run Python") == ["42\nFiles made or changed: made.txt"]
    assert "TOOL RESPONSE\n42\n" in gateway.prompts[-1]
    assert [(one.role, one.name, one.text) for one in context.messages] == [
        ("user", None, "Test."),
        ("assistant", "Data agent", "I count."),
        ("tool", "PythonCodeBuilder", "42\nFiles made or changed: made.txt"),
        ("assistant", "Data agent", "It is 42."),
    ]


def test_the_users_files_are_described(work: Play, gateway: Any, context: Any, tmp_path: Path):
    (tmp_path / "notes.txt").write_text("Buy bread.")
    (tmp_path / "more.txt").write_text("Call Ada.")
    work({"files": [str(tmp_path / "more.txt")]}, data_agent={"files": [str(tmp_path / "notes.txt")]})
    assert "File notes.txt, which begins:\nBuy bread." in gateway.prompts[0]
    assert "File more.txt, which begins:\nCall Ada." in gateway.prompts[0]
    assert (Path(context.folder) / "more.txt").read_text() == "Call Ada."


@pytest.mark.parametrize("given", [{"files": ["/no/such"]}, {"files": 5}, {"files": [""]}, {"files": [1]}])
def test_files_that_are_not_there_end_it(work: Play, given: dict[str, Any]):
    with pytest.raises(RunFailed) as failed:
        work(given)
    assert failed.value.failure == "configuration"


def test_what_went_wrong_is_seen_by_the_agent(work: Play, gateway: Any, context: Any, scripted: Play):
    gateway.answer = scripted(PYTHON, code="1 / 0")
    work()
    assert "ZeroDivisionError" in gateway.prompts[-1] and "exit code 1" in gateway.prompts[-1]


def test_code_that_takes_too_long_is_stopped(work: Play, gateway: Any, context: Any, scripted: Play):
    gateway.answer = scripted(PYTHON, code="import time\ntime.sleep(60)")
    work(data_agent={"execution_timeout": 1})
    assert tool_results(context, "Run Python") == [
        "It was stopped after 1 seconds, with everything that it had started."
    ]


def test_code_does_not_see_the_gateways_key(
    work: Play, gateway: Any, context: Any, scripted: Play, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OPENAI_API_KEY", context.gateway_key)
    gateway.answer = scripted(PYTHON, code="import os\nprint(dict(os.environ))")
    work()
    assert context.gateway_key not in tool_results(context, "Run Python")[0]


@pytest.mark.parametrize("tool", ["KaggleDataLoader", "SQLQueryBuilder"])
def test_a_tool_that_it_has_not_is_told(work: Play, gateway: Any, context: Any, scripted: Play, tool: str):
    gateway.answer = scripted(PYTHON.replace("PythonCodeBuilder", tool))
    work(data_agent={"tools": ["python"]})
    assert tool_results(context, tool) == [f"There is no tool '{tool}'. The tools are: PythonCodeBuilder."]
    assert "SQLQueryBuilder" not in gateway.requests[0]["messages"][0]["content"]


def test_people_are_asked_before_code_runs(work: Play, gateway: Any, context: Any, scripted: Play):
    gateway.answer = scripted(PYTHON, PYTHON, PYTHON, PYTHON)
    context.answers = [NO, YES, ALWAYS]
    work(data_agent={"approve_code": True})
    assert context.questions == ["May this Python run with your rights?\n\nprint(6 * 7)"] * 3
    assert tool_results(context, "PythonCodeBuilder")[0].startswith("The user does not allow this code.")
    assert tool_results(context, "Run Python") == ["42"] * 3


def test_instructions_and_temperature_reach_the_model(work: Play, gateway: Any):
    work(temperature=0.2, data_agent={"instructions": "The column n counts hens."})
    assert gateway.requests[0]["temperature"] == 0.2
    assert "counts hens" in gateway.requests[0]["messages"][0]["content"]


def test_a_run_without_an_answer_fails(work: Play, gateway: Any):
    gateway.answer = lambda prompt: "print(1)" if prompt.startswith("Write one") else PYTHON
    with pytest.raises(RunFailed, match="stopped after 2 steps"):
        work(data_agent={"max_iterations": 2})


def test_a_model_that_says_nothing_fails(work: Play, gateway: Any):
    gateway.answer = lambda _: ""
    with pytest.raises(RunFailed, match="3 empty replies"):
        work()


@pytest.mark.parametrize("status", [402, 403, 500])
def test_a_refusal_ends_it(work: Play, gateway: Any, status: int):
    gateway.answer = lambda _: (status, "No.")
    with pytest.raises(RunFailed, match=f"HTTP {status}"):
        work()


def test_without_a_task_there_is_nothing_to_do(work: Play):
    with pytest.raises(RunFailed, match="There is no task"):
        work(task=" ")
