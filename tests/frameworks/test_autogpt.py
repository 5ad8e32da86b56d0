"""AutoGPT for real: its turns, people who authorise, what its commands may touch, replies that it cannot read."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from servers import ServerUnderTest

from orchestra.environments.catalog import interpreter_for
from orchestra.registry import Registry
from orchestra.services.configuration import with_defaults
from orchestra.testing.gateway import TrialGateway
from orchestra.testing.trial import Stage, Trial

from .conftest import make_agent

pytestmark = pytest.mark.timeout(600)
NEEDED = {"ai_name": "Tester", "ai_role": "an AI", "ai_goals": ["Go"], "continuous_mode": True}


@pytest.fixture
def autogpt(installed: Callable[[str], ServerUnderTest]) -> ServerUnderTest:
    return installed("autogpt")


def sample(name: str, **changed: Any) -> dict[str, Any]:
    registry = Registry()
    registry.load()
    found = next(one for one in registry.frameworks["autogpt"].samples if one.id == name)
    return {**found.configuration, **changed}


def answer(server: ServerUnderTest, execution: str, given: str, question: str) -> str:
    """What was asked; it is answered."""
    server.wait_for_question(execution, question)
    asked = next(one for one in server.execution(execution)["waitingFor"] if one["id"] == question)
    server.call("POST", f"/executions/{execution}/answers", json={"questionId": question, "answer": given})
    return asked["question"]


def played(server: ServerUnderTest, folder: Path, rules: str, **configuration: Any) -> Trial:
    """A run against a scripted model of the test's own."""
    script = folder / "script.yaml"
    script.write_text(f"chunk_delay_ms: 0\nrules:\n{rules}")
    registry = Registry()
    registry.load()
    framework = registry.frameworks["autogpt"]
    whole = with_defaults(framework, {**NEEDED, "fast_llm_model": "scripted-test", **configuration})
    with TrialGateway({"scripted-test": script}) as gateway:
        command = interpreter_for(framework, server.data_dir).command
        return Stage(command, framework.worker, gateway, folder, 60).run(whole, {})


def command(order: int, name: str, **args: Any) -> str:
    reply = {"thoughts": {"text": f"thought {order}"}, "command": {"name": name, "args": args}}
    return f"  - when: {{order: {order}}}\n    json: {json.dumps(reply)}\n"


def results(trial: Trial) -> list[tuple[str, str, str]]:
    """Each command: its name, how it ended, what it gave."""
    tools = {one["step"] for one in trial.events if one["kind"] == "step_started" and one["data"]["type"] == "tool"}
    return [
        (one["message"], one["data"]["status"], one["data"]["result"])
        for one in trial.events
        if one["kind"] == "step_ended" and one["step"] in tools
    ]


def test_each_turn_is_a_step_with_its_thoughts_its_command_and_what_was_done_in_it(autogpt: ServerUnderTest) -> None:
    execution = autogpt.start_run(make_agent(autogpt, "autogpt", sample("helpers")))
    ended = autogpt.wait(execution, seconds=90)
    assert ended["output"]["files"] == ["leap.py", "test_leap.py"], ended["reason"]
    assert ended["output"]["answer"].endswith("its tests in test_leap.py said: 4 years are right")
    events = autogpt.events(execution)
    begun = {one.step: one for one in events if one.kind == "step_started"}
    inside = [(begun[one.data["parent"]].message, one.message) for one in begun.values() if one.data.get("parent")]
    assert inside[2:6] == [
        ("Turn 2", "think"),
        ("Turn 2", "start_agent"),
        ("start_agent", "ask"),
        ("start_agent", "ask"),
    ]
    turn = next(one for one in events if one.kind == "step_ended" and one.message == "Turn 2")
    assert turn.data["thoughts"]["criticism"] == "The function has no docstring."
    assert turn.data["command"]["name"] == "start_agent"
    said = [(one.data["name"], one.message) for one in events if one.kind == "message"]
    assert ("Reviewer", "The rule of 100 and 400 years is kept. I would only add a docstring.") in said
    assert {one.data["name"] for one in events if one.kind == "token"} == {"Builder", "Reviewer"}


def test_a_person_corrects_a_command_and_authorises_the_next_ones(autogpt: ServerUnderTest) -> None:
    configuration = sample("names", continuous_mode=False, memory_backend="no_memory")
    execution = autogpt.start_run(make_agent(autogpt, "autogpt", configuration))
    asked = answer(autogpt, execution, "Do something else", "q1")
    assert "'write_to_file'" in asked and "Up at Five" in asked
    answer(autogpt, execution, "y", "q2")  # at a console, this word alone would be a yes
    answer(autogpt, execution, "Authorise it and the next 4", "q3")
    ended = autogpt.wait(execution, seconds=90)
    assert (ended["status"], ended["output"]["turns"]) == ("COMPLETED", 4), ended["reason"]
    done = [
        one.message for one in autogpt.events(execution) if one.kind == "step_started" and one.data["type"] == "tool"
    ]
    assert done == ["write_to_file", "read_file"]


def test_a_person_ends_the_run(autogpt: ServerUnderTest) -> None:
    configuration = sample("names", continuous_mode=False, memory_backend="no_memory")
    execution = autogpt.start_run(make_agent(autogpt, "autogpt", configuration))
    answer(autogpt, execution, "End the run", "q1")
    ended = autogpt.wait(execution)
    assert (ended["status"], ended["failure"]) == ("FAILED", "cancelled")


def test_a_reply_that_cannot_be_read_does_not_repeat_the_command_before(
    autogpt: ServerUnderTest, tmp_path: Path
) -> None:
    rules = (
        "  - when: {anywhere: {contains: 'def fix_json'}}\n    reply: still none\n"
        + command(1, "append_to_file", filename="log.txt", text="once\n")
        + "  - when: {order: 2}\n    reply: I would rather talk.\n"
        + command(3, "read_file", filename="log.txt")
        + command(4, "task_complete", reason="read")
    )
    trial = played(autogpt, tmp_path, rules)
    assert trial.ending["output"]["answer"] == "read", trial.ending
    assert [name for name, _, _ in results(trial)] == ["append_to_file", "read_file"]
    assert results(trial)[1][2] == "once\n"


def test_commands_stay_in_the_workspace_and_programs_see_no_key(autogpt: ServerUnderTest, tmp_path: Path) -> None:
    rules = (
        command(1, "write_to_file", filename="../out.txt", text="x")
        + command(2, "read_file", filename="/etc/hostname")
        + command(3, "execute_shell", command_line="pwd; env; exit 3")
        + command(4, "get_hyperlinks", url="http://localhost:1/")
        + command(5, "no_such_command")
    )
    chosen = ["write_to_file", "read_file", "execute_shell", "get_hyperlinks"]
    trial = played(autogpt, tmp_path, rules, commands=chosen, continuous_limit=5)
    assert (trial.ending["status"], "after 5 turns" in trial.ending["reason"]) == ("FAILED", True), trial.ending
    assert [(name, status) for name, status, _ in results(trial)] == [
        ("write_to_file", "failed"),
        ("read_file", "failed"),
        ("execute_shell", "failed"),
        ("get_hyperlinks", "failed"),
        ("no_such_command", "completed"),
    ]
    shown = [result for _, _, result in results(trial)]
    assert "outside of workspace" in shown[0] and "outside of workspace" in shown[1]
    assert shown[2].startswith("Error: It ended with exit code 3.") and "/auto_gpt_workspace\n" in shown[2]
    assert "OPENAI" not in shown[2] and trial.key not in shown[2]
    assert "leads to an address inside this network" in shown[3]
    assert "Unknown command 'no_such_command'" in shown[4]


@pytest.mark.parametrize(
    ("changed", "failure", "reason"),
    [
        ({"ai_role": "x " * 1500, "ai_goals": ["y " * 1000] * 5}, "configuration", "Shorten them"),
        ({"fast_llm_model": "no-such"}, "model_refused", "no-such"),
        ({"memory_backend": "local", "embedding_model": "no-such"}, "model_refused", "no-such"),
    ],
)
def test_what_cannot_work_fails_with_its_reason(
    run_agent: Callable[..., dict[str, Any]], changed: dict[str, Any], failure: str, reason: str
) -> None:
    ended = run_agent("autogpt", sample("names", **changed))
    assert (ended["status"], ended["failure"]) == ("FAILED", failure), ended["reason"]
    assert reason in ended["reason"]
