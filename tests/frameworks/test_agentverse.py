"""AgentVerse for real: every way of deciding, what cannot be read, and what cannot work."""

import json
import time
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
MODEL = "scripted-agentverse-mute"


@pytest.fixture
def agentverse(installed: Callable[[str], ServerUnderTest]) -> ServerUnderTest:
    return installed("agentverse")


def sample(name: str) -> dict[str, Any]:
    registry = Registry()
    registry.load()
    return dict(next(one for one in registry.frameworks["agentverse"].samples if one.id == name).configuration)


def begin(server: ServerUnderTest, configuration: dict[str, Any], **input: Any) -> str:
    return server.start_run(make_agent(server, "agentverse", configuration), input=input)


@pytest.mark.parametrize(
    "decision_maker",
    ["vertical-solver-first", "vertical", "horizontal", "concurrent", "brainstorming", "central", "dynamic"],
)
def test_experts_find_a_solution_that_is_accepted(agentverse: ServerUnderTest, decision_maker: str) -> None:
    execution = begin(agentverse, {**sample("naming"), "decision_maker": decision_maker})
    ended = agentverse.wait(execution, seconds=90)
    assert ended["status"] == "COMPLETED", ended["reason"]
    assert (ended["output"]["success"], ended["output"]["turns"]) == (True, 2)
    assert ended["output"]["answer"].startswith("tickly")


def test_stages_agents_and_calls_are_steps_within_each_other(agentverse: ServerUnderTest) -> None:
    execution = begin(agentverse, sample("naming"))
    agentverse.wait(execution, seconds=90)
    events = agentverse.events(execution)
    steps = {one.step: one for one in events if one.kind == "step_started"}
    call = [one for one in steps.values() if one.data["type"] == "llm"][-1]
    above = [call.message]
    while parent := call.data.get("parent"):
        call = steps[parent]
        above.append(call.message)
    assert above == ["scripted-agentverse-naming", "Evaluator", "Evaluation", "Round 2"]
    marks = [one.data["score"] for one in events if one.kind == "message" and one.data.get("score")]
    assert marks == [[9, 4], [8, 9]]
    spoken = {one.data["name"] for one in events if one.kind == "token"}
    assert {"Role assigner", "a copywriter", "a trademark lawyer", "Evaluator"} <= spoken


def test_in_a_classroom_a_student_is_called_on_and_heard(agentverse: ServerUnderTest) -> None:
    execution = begin(agentverse, sample("classroom"))
    assert agentverse.wait(execution, seconds=90)["output"]["turns"] == 6
    said = [(one.data["name"], one.message) for one in agentverse.events(execution) if one.kind == "message"]
    assert said[1:4] == [
        ("Student Ann", "[RaiseHand]"),
        ("Professor Brown", "[CallOn] Yes, Ann"),
        ("Student Ann", "Are spaces tokens, too?"),
    ]


def test_a_task_of_the_run_goes_before_the_agents(agentverse: ServerUnderTest) -> None:
    execution = begin(agentverse, sample("naming"), task="Something else")
    ended = agentverse.wait(execution, seconds=90)
    assert (ended["status"], ended["failure"]) == ("FAILED", "model_refused")
    assert 'only plays the sample "Experts for a name"' in ended["reason"]


def test_a_users_own_tasks_are_imported_and_run(agentverse: ServerUnderTest) -> None:
    path = str(Path(__file__).parents[1] / "projects" / "agentverse")
    (project,) = agentverse.call("POST", "/projects/read", json={"path": path})["projects"]
    talk, naming = project["agents"]
    assert (talk["name"], talk["kind"]) == ("garden_talk", "Simulation of Reporter, Beekeeper")
    ended = agentverse.wait(begin(agentverse, talk["configuration"]), seconds=90)
    assert ended["status"] == "COMPLETED", ended["reason"]
    assert ended["output"]["answer"].startswith("No, they huddle")
    ended = agentverse.wait(begin(agentverse, naming["configuration"]), seconds=90)
    assert ended["status"] == "COMPLETED", ended["reason"]
    assert (ended["output"]["answer"][:6], ended["output"]["success"]) == ("tickly", True)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"agents": [{"name": "Ann"}, {"name": "Ann"}]}, "Two agents have the name 'Ann'"),
        ({"agents": [{"name": "Ann"}], "order": "classroom"}, "the first agent is called Professor"),
        ({"mode": "tasksolving", "task_description": " "}, "There is no task to solve"),
    ],
)
def test_what_cannot_work_fails_with_its_reason(
    run_agent: Callable[..., dict[str, Any]], changed: dict[str, Any], reason: str
) -> None:
    ended = run_agent("agentverse", {**sample("interview"), **changed})
    assert (ended["status"], ended["failure"]) == ("FAILED", "configuration"), ended["reason"]
    assert reason in ended["reason"]


def mute(tmp_path: Path, configuration: dict[str, Any], server: ServerUnderTest) -> Trial:
    """A run whose model says the same, which nobody can read, to everything."""
    script = tmp_path / "mute.yaml"
    script.write_text(json.dumps({"chunk_delay_ms": 0, "rules": [{"reply": "Hm."}]}))
    registry = Registry()
    registry.load()
    framework = registry.frameworks["agentverse"]
    command = interpreter_for(framework, server.data_dir).command
    with TrialGateway({MODEL: script}) as gateway:
        stage = Stage(command, framework.worker, gateway, tmp_path, 60)
        return stage.run(with_defaults(framework, {**configuration, "model": MODEL}), {})


@pytest.mark.parametrize(("name", "reason"), [("classroom", "No agent has said"), ("naming", "no list of experts")])
def test_replies_that_cannot_be_read_do_not_pass_for_a_result(
    agentverse: ServerUnderTest, tmp_path: Path, name: str, reason: str
) -> None:
    trial = mute(tmp_path, {**sample(name), "max_turns": 1}, agentverse)
    assert (trial.ending["status"], trial.calls) == ("FAILED", 3)  # asked as often as max_retry says
    assert reason in str(trial.ending["reason"])


def test_a_run_that_is_stopped_ends_and_so_do_its_steps(agentverse: ServerUnderTest) -> None:
    execution = begin(agentverse, {**sample("interview"), "max_turns": 1000})
    deadline = time.monotonic() + 60
    while not agentverse.execution(execution)["tokensUsed"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    agentverse.http.delete(f"/api/executions/{execution}")
    assert agentverse.wait(execution)["status"] == "CANCELLED"
    events = agentverse.events(execution)
    ended = {one.step: one.data["status"] for one in events if one.kind == "step_ended"}
    assert ended.keys() == {one.step for one in events if one.kind == "step_started"}
    assert "failed" not in ended.values()
