"""MetaGPT for real: a team from data, people and classes of one's own in it, and the whole software company."""

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
MODEL = "scripted-metagpt-sop"
HOSTILE = "scripted-metagpt-hostile"


@pytest.fixture
def metagpt(installed: Callable[[str], ServerUnderTest]) -> ServerUnderTest:
    return installed("metagpt")


def sample(name: str) -> dict[str, Any]:
    registry = Registry()
    registry.load()
    return dict(next(one for one in registry.frameworks["metagpt"].samples if one.id == name).configuration)


def role(name: str, action: str, watch: str, **more: Any) -> dict[str, Any]:
    return {"type": "Role", "name": name, "profile": f"{name} it is", "actions": [action], "watch": [watch], **more}


def team(*roles: dict[str, Any], **more: Any) -> dict[str, Any]:
    actions = [
        {"name": "WriteCode", "prompt": "Write a Python function for this: {idea}"},
        {"name": "WriteTest", "prompt": "Write two tests with pytest for this: {last}"},
    ]
    idea = "It adds up a list of numbers."
    return {"model": MODEL, "idea": idea, "actions": actions, "roles": list(roles), **more}


def completed(server: ServerUnderTest, execution: str) -> dict[str, Any]:
    ended = server.wait(execution, seconds=90)
    assert ended["status"] == "COMPLETED", ended["reason"]
    return ended


def begin(server: ServerUnderTest, configuration: dict[str, Any], **input: Any) -> str:
    return server.start_run(make_agent(server, "metagpt", configuration), input=input)


def test_the_company_makes_a_program_and_mends_it_until_its_tests_pass(metagpt: ServerUnderTest) -> None:
    execution = begin(metagpt, sample("company"))
    output = completed(metagpt, execution)["output"]
    assert (output["project"], output["finished"]) == ("workspace/temperatures", True)
    wanted = {"temperatures/main.py", "temperatures/converter.py", "tests/test_converter.py", "docs/requirement.txt"}
    assert wanted <= set(output["files"])
    events = metagpt.events(execution)
    steps = {one.step: one for one in events if one.kind == "step_started"}
    ended = {one.step: one.data for one in events if one.kind == "step_ended"}
    runs = [step for step, one in steps.items() if one.data["type"] == "tool"]
    assert sorted(ended[step]["exitCode"] for step in runs) == [0, 0, 1]
    actions = [one.message for one in steps.values() if one.data["type"] == "action"]
    assert {"WritePRD", "WriteDesign", "WriteTasks", "WriteCode", "WriteCodeReview", "DebugError"} <= set(actions)
    first = next(one for one in steps.values() if one.data["type"] == "llm")
    above = [first.message]
    while parent := first.data.get("parent"):
        first = steps[parent]
        above.append(first.message)
    assert above == ["scripted-metagpt-company", "WritePRD", "Alice", "Round 1"]
    assert {one.data["name"] for one in events if one.kind == "token"} == {"Alice", "Bob", "Eve", "Alex", "Edward"}
    (graph,) = [one.data for one in events if one.kind == "graph"]
    assert {"source": "Alice", "target": "Bob", "label": "WritePRD"} in graph["edges"]
    assert not [one.message for one in events if one.kind == "log" and one.level in {"WARN", "ERROR"}]


def test_a_person_can_be_a_role(metagpt: ServerUnderTest) -> None:
    roles = [role("Ann", "WriteCode", "UserRequirement", is_human=True), role("Bob", "WriteTest", "WriteCode")]
    execution = begin(metagpt, team(*roles))
    metagpt.wait_for_question(execution)
    (asked,) = metagpt.execution(execution)["waitingFor"]
    assert asked["question"] == "Ann: Write a Python function for this: It adds up a list of numbers."
    given = {"questionId": asked["id"], "answer": "def total(numbers): ..."}
    metagpt.call("POST", f"/executions/{execution}/answers", json=given)
    assert "test_nothing_is_zero" in completed(metagpt, execution)["output"]["answer"]


def test_a_role_of_ones_own_works_with_those_of_the_form(metagpt: ServerUnderTest, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from metagpt.actions import Action, UserRequirement\n"
        "from metagpt.roles import Role\n\n"
        "class Shout(Action):\n"
        "    async def run(self, history):\n"
        "        return (history[-1].content + ' def total').upper().lower()\n\n"
        "class Herald(Role):\n"
        "    name: str = 'Hera'\n"
        "    profile: str = 'Herald'\n\n"
        "    def __init__(self, **more):\n"
        "        super().__init__(**more)\n"
        "        self.set_actions([Shout])\n"
        "        self._watch([UserRequirement])\n"
    )
    own = {"type": "class", "role": "mine.py:Herald"}
    execution = begin(metagpt, team(own, role("Bob", "WriteTest", "Shout"), project=str(tmp_path)))
    assert "test_nothing_is_zero" in completed(metagpt, execution)["output"]["answer"]
    said = [(one.data.get("name"), one.message) for one in metagpt.events(execution) if one.kind == "message"]
    assert said[1] == ("Hera", "it adds up a list of numbers. def total")
    assert list(tmp_path.iterdir()) == [tmp_path / "mine.py"]


def test_an_idea_of_the_run_goes_to_one_role_who_has_a_model_of_its_own(metagpt: ServerUnderTest) -> None:
    other = role("Bob", "WriteTest", "WriteCode", model="scripted-metagpt-react")
    configuration = team(role("Ann", "WriteCode", "UserRequirement"), other, send_to="Bob", n_round=2)
    execution = begin(metagpt, configuration, idea="def total")
    assert completed(metagpt, execution)["output"]["finished"] is True
    events = metagpt.events(execution)
    assert {one.message for one in events if one.kind == "step_started" and one.data["type"] == "llm"} == {
        "scripted-metagpt-react"
    }
    assert {one.data.get("name") for one in events if one.kind == "token"} == {"Bob"}


@pytest.mark.parametrize(
    ("configuration", "reason"),
    [
        (team(role("Ann", "Dance", "UserRequirement")), "'Ann' is to do 'Dance', which is not among the actions"),
        (team(role("Ann", "WriteCode", "Dance")), "'Ann' watches 'Dance', which nobody does"),
        (team(role("Ann", "WriteCode", "UserRequirement"), role("Ann", "WriteTest", "WriteCode")), "two roles have"),
        (team(role("Ann", "WriteCode", "WriteTest")), "No role acts on the idea"),
        (team(role("Ann", "WriteCode", "UserRequirement"), idea=" "), "no idea to work on"),
        (team(role("Ann", "WriteCode", "UserRequirement"), send_to="Zoe"), "There is no role 'Zoe'"),
        (team({"type": "class", "role": "mine.py:Herald"}), "The project's folder '' is not there"),
    ],
)
def test_what_cannot_work_fails_with_its_reason(
    run_agent: Callable[..., dict[str, Any]], configuration: dict[str, Any], reason: str
) -> None:
    ended = run_agent("metagpt", configuration)
    assert (ended["status"], ended["failure"]) == ("FAILED", "configuration"), ended["reason"]
    assert reason in ended["reason"]


def test_a_company_that_is_stopped_ends_and_so_do_its_steps(metagpt: ServerUnderTest) -> None:
    execution = begin(metagpt, sample("company"))
    deadline = time.monotonic() + 60
    while not metagpt.execution(execution)["tokensUsed"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    metagpt.http.delete(f"/api/executions/{execution}")
    assert metagpt.wait(execution)["status"] == "CANCELLED"
    events = metagpt.events(execution)
    ended = {one.step: one.data["status"] for one in events if one.kind == "step_ended"}
    assert ended.keys() == {one.step for one in events if one.kind == "step_started"}
    assert "failed" not in ended.values()


def hostile(tmp_path: Path, replies: list[tuple[str, Any]], server: ServerUnderTest) -> Trial:
    """A company whose model answers by what is asked for: `replies` has a part of the prompt and its reply."""
    rules = [{"when": {"contains": part}, "reply": f"[CONTENT]{json.dumps(told)}[/CONTENT]"} for part, told in replies]
    script = tmp_path / "hostile.yaml"
    script.write_text(json.dumps({"chunk_delay_ms": 0, "rules": rules}))
    registry = Registry()
    registry.load()
    framework = registry.frameworks["metagpt"]
    command = interpreter_for(framework, server.data_dir).command
    with TrialGateway({HOSTILE: script}) as gateway:
        stage = Stage(command, framework.worker, gateway, tmp_path, 60)
        configuration = {"model": HOSTILE, "mode": "software_company", "idea": "A game."}
        return stage.run(with_defaults(framework, configuration), {})


def test_files_and_folders_that_a_model_names_stay_in_the_project(metagpt: ServerUnderTest, tmp_path: Path) -> None:
    texts = ["Language", "Programming Language", "Original Requirements", "Requirement Analysis", "UI Design draft"]
    lists = ["Product Goals", "User Stories", "Competitive Analysis"]
    prd = {
        **dict.fromkeys([*texts, "Anything UNCLEAR", "Competitive Quadrant Chart"], "x"),
        **{key: ["x"] for key in lists},
        "Requirement Pool": [["P0", "x"]],
        "Project Name": "../../../agent",
    }
    design = {
        **dict.fromkeys(["Implementation approach", "Program call flow", "Anything UNCLEAR"], "x"),
        "Data structures and interfaces": "x",
        "File list": ["main.py"],
    }
    tasks = {
        **dict.fromkeys(["Full API spec", "Shared Knowledge", "Anything UNCLEAR"], "x"),
        "Required packages": [],
        "Required Other language third-party packages": [],
        "Logic Analysis": [["main.py", "x"]],
        "Task list": ["../../../../agent/planted.py"],
    }
    replies = [("Shared Knowledge", tasks), ("Program call flow", design), ("Requirement Pool", prd)]
    trial = hostile(tmp_path, replies, metagpt)
    assert trial.ending["status"] == "FAILED", trial.ending
    assert "a file that is not in its project: '../../../../agent/planted.py'" in str(trial.ending["reason"])
    assert trial.touched == []
    (workspace,) = tmp_path.glob("*/files/workspace")
    assert [path.name for path in workspace.iterdir()] == ["agent"]
