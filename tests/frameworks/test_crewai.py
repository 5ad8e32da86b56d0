"""CrewAI for real: crews from the form, projects in each shape, people, tools, checks, memory, refusals and stops."""

import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from servers import ServerUnderTest

from orchestra.testing.gateway import TrialGateway

from .conftest import make_agent

PROJECTS = Path(__file__).parents[1] / "projects" / "crewai"
SCRIPTS = Path(__file__).with_name("crewai_scripts")
CLERK = {"role": "Clerk", "goal": "Answer letters", "backstory": "You are patient."}
TASK = {"name": "answer", "description": "Answer it.", "expected_output": "One sentence."}
CREW = {"model": "scripted-crewai-team", "agents": [CLERK], "tasks": [TASK]}
pytestmark = pytest.mark.timeout(600)

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def crewai(installed: Callable[[str], ServerUnderTest]) -> ServerUnderTest:
    return installed("crewai")


@pytest.fixture
def models(crewai: ServerUnderTest, tmp_path: Path) -> Iterator[str]:
    """A provider whose models are the scripts beside this file, by its name; `ALL` is two megabytes there."""
    for path in SCRIPTS.glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text().replace("ALL", "x" * 2_000_000))
    with TrialGateway({path.stem: path for path in tmp_path.glob("*.yaml")}) as gateway:
        name = f"p{uuid.uuid4().hex}"
        body = {"name": name, "kind": "local", "baseUrl": gateway.url, "apiKey": gateway.new_key()[1]}
        made = crewai.call("POST", "/providers", 201, json=body)
        yield name
        crewai.call("DELETE", f"/providers/{made['id']}")


def configuration_of(server: ServerUnderTest, path: str, name: str, **more: Any) -> dict[str, Any]:
    """What importing the project gives."""
    found = server.call("POST", "/projects/read", json={"path": str(PROJECTS / path)})["projects"][0]
    agent = next(one for one in found["agents"] if one["name"] == name)
    assert "problem" not in agent
    return {**agent["configuration"], **more}


def begin(server: ServerUnderTest, configuration: dict[str, Any], **input: Any) -> str:
    return server.start_run(make_agent(server, "crewai", configuration), input=input)


def answer(server: ServerUnderTest, execution: str, given: str, question: str = "q1") -> str:
    """What was asked; it is answered."""
    server.wait_for_question(execution, question, seconds=90)
    asked = next(one for one in server.execution(execution)["waitingFor"] if one["id"] == question)
    server.call("POST", f"/executions/{execution}/answers", json={"questionId": question, "answer": given})
    return asked["question"]


def completed(server: ServerUnderTest, execution: str) -> dict[str, Any]:
    ended = server.wait(execution, seconds=90)
    assert ended["status"] == "COMPLETED", ended["reason"]
    return ended


def steps_of(server: ServerUnderTest, execution: str) -> dict[str, tuple[str, str, str | None]]:
    """By id: the step's type, its name, and the name of the one above."""
    begun = [one for one in server.events(execution) if one.kind == "step_started"]
    names = {one.step: one.message for one in begun}
    return {str(one.step): (one.data["type"], str(one.message), names.get(one.data.get("parent"))) for one in begun}


def test_a_crew_by_crew_base_runs_with_its_own_variables_and_the_gateways_model(crewai: ServerUnderTest) -> None:
    configuration = configuration_of(crewai, "newsletter", "Newsletter", model="scripted-crewai-team")
    execution = begin(crewai, configuration, day="Sunday")
    ended = completed(crewai, execution)
    assert [one["agent"] for one in ended["output"]["tasks"]] == ["Scout of Bremen", "Writer"]
    assert ended["tokensUsed"] > 0
    steps = list(steps_of(crewai, execution).values())
    assert [one for one in steps if one[0] != "llm"] == [
        ("crew", "Newsletter", None),
        ("task", "look_around", "Newsletter"),
        ("agent", "Scout of Bremen", "look_around"),
        ("task", "write", "Newsletter"),
        ("agent", "Writer", "write"),
    ]
    drawn = next(one for one in crewai.events(execution) if one.kind == "graph")
    assert drawn.data["edges"] == [{"source": "look_around", "target": "write"}]
    files = crewai.data_dir / "runs" / execution
    assert [path.name for path in files.rglob("letter.md")] == ["letter.md"]
    assert not list((PROJECTS / "newsletter").rglob("__pycache__"))


def test_the_models_that_a_project_names_are_asked_for_at_the_gateway(crewai: ServerUnderTest) -> None:
    ended = crewai.wait(begin(crewai, configuration_of(crewai, "newsletter", "Newsletter"), day="Sunday"))
    assert (ended["status"], ended["failure"]) == ("FAILED", "model_refused")
    assert "There is no model 'gpt-of-theirs'" in ended["reason"]


def test_a_crew_without_code_uses_the_tool_that_it_brings(crewai: ServerUnderTest, models: str) -> None:
    execution = begin(crewai, configuration_of(crewai, "bakery", "bakery"), count=3)
    assert completed(crewai, execution)["output"]["answer"].strip() == "Three loaves of rye cost 12.60."
    tools = [one for one in crewai.events(execution) if one.kind == "step_started" and one.data["type"] == "tool"]
    assert [(one.message, one.data["arguments"], one.data["agent"]) for one in tools] == [
        ("price_list", {"bread": "rye"}, "Baker of rye")
    ]


def test_a_flow_asks_people(crewai: ServerUnderTest) -> None:
    execution = begin(crewai, configuration_of(crewai, "shelf", "AskingFlow"), number=3)
    assert answer(crewai, execution, "tides") == "Which label?"
    assert answer(crewai, execution, "Give feedback", "q2") == "Is it good?\n\nShelf 3: tides"
    answer(crewai, execution, "very", "q3")
    assert completed(crewai, execution)["output"] == {
        "answer": "Shelf 3: tides (very)",
        "state": {"number": 3, "label": "tides"},
    }
    drawn = next(one for one in crewai.events(execution) if one.kind == "graph")
    assert {"source": "ask_for_label", "target": "show"} in drawn.data["edges"]


def test_a_flow_without_code_runs(crewai: ServerUnderTest) -> None:
    execution = begin(crewai, configuration_of(crewai, "shelf/flow.yaml", "label"))
    assert completed(crewai, execution)["output"]["answer"] == "tides"
    assert list(steps_of(crewai, execution).values()) == [("flow", "label", None), ("task", "start", "label")]


def test_a_result_is_reviewed_until_it_is_accepted_or_was_changed_often_enough(crewai: ServerUnderTest) -> None:
    configuration = configuration_of(crewai, "desk", "desk", model="scripted-crewai-team")
    execution = begin(crewai, configuration, thing="bills")
    asked = answer(crewai, execution, "Have it changed")
    assert asked.startswith("Is the result of answer, by Clerk for bills, good?\n\nI am the scripted model")
    answer(crewai, execution, "Shorter.", "q2")
    answer(crewai, execution, "Accept it", "q3")
    completed(crewai, execution)
    reviewed_once = begin(crewai, {**configuration, "max_reviews": 1}, thing="bills")
    answer(crewai, reviewed_once, "Have it changed")
    answer(crewai, reviewed_once, "Shorter.", "q2")
    completed(crewai, reviewed_once)


def test_thirty_calls_of_tools_two_hundred_messages_and_one_of_two_megabytes_are_whole(
    crewai: ServerUnderTest, models: str
) -> None:
    execution = begin(crewai, configuration_of(crewai, "shelf", "TalkativeFlow", model=f"{models}/archive"))
    ended = completed(crewai, execution)
    assert len(ended["output"]["answer"]) == 2_000_000
    events = crewai.events(execution)
    said = [one.message for one in events if one.kind == "message"]
    assert said == ["that was all", *(f"this is turn {number}" for number in range(198)), "x" * 2_000_000]
    tools = {
        one.step: one.data["arguments"] for one in events if one.kind == "step_started" and one.data["type"] == "tool"
    }
    results = {one.step: one.data["result"] for one in events if one.kind == "step_ended" and one.step in tools}
    assert [int(tools[step]["number"]) for step in tools] == list(range(30))
    assert [results[step] for step in tools] == [f"entry {number}, next is {number + 1}" for number in range(30)]


def test_a_hierarchy_plans_remembers_and_keeps_to_its_rules(
    crewai: ServerUnderTest, models: str, tmp_path: Path
) -> None:
    (tmp_path / "rules.py").write_text(
        "def is_not_the_first(result):\n    seen = open('seen', 'a+')\n    seen.write('x')\n"
        "    return (seen.tell() > 1, result.raw if seen.tell() > 1 else 'Once more.')\n"
    )
    task = {
        "name": "text",
        "description": "Why is the {what} salty?",
        "expected_output": "One sentence.",
        "guardrails": ["It is one sentence"],
        "guardrail_functions": ["rules.py:is_not_the_first"],
    }
    researcher = {"role": "Researcher", "goal": "Collect facts", "backstory": "You read a lot."}
    configuration = {
        "model": f"{models}/desk",
        "embedding_model": f"{models}/desk",
        "agents": [researcher],
        "tasks": [task],
        "process": "hierarchical",
        "planning": True,
        "memory": True,
        "project": str(tmp_path),
    }
    agent = make_agent(crewai, "crewai", configuration)
    execution = crewai.start_run(agent, input={"what": "sea"})
    assert completed(crewai, execution)["output"]["answer"].strip() == "Rivers carry salt to it."
    steps = list(steps_of(crewai, execution).values())
    assert ("agent", "Researcher", "delegate_work_to_coworker") in steps
    assert {"memory", "guardrail"} <= {one[0] for one in steps}
    said = [one for one in crewai.events(execution) if one.kind == "message"]
    assert ("Crew Manager", "Researcher") in [(one.data.get("name"), one.data.get("to")) for one in said]
    assert "First ask the researcher." in said[0].message
    memories = crewai.data_dir / "agents" / agent / "crewai" / "memory"
    assert any(memories.rglob("*.lance"))


def test_a_result_comes_in_the_shape_that_was_asked_for_and_a_check_before_moves_no_task(
    crewai: ServerUnderTest, models: str
) -> None:
    shape = {"title": "Price", "type": "object", "properties": {"cents": {"type": "integer"}}, "required": ["cents"]}
    checked = {**TASK, "guardrails": ["It is polite"]}
    shaped = {**TASK, "name": "price", "description": "A price, please.", "output_json": shape}
    execution = begin(crewai, {**CREW, "model": f"{models}/desk", "tasks": [checked, shaped]})
    assert completed(crewai, execution)["output"]["json"] == {"cents": 420}
    tasks = [one for one in steps_of(crewai, execution).values() if one[0] == "task"]
    assert tasks == [("task", "answer", "crew"), ("task", "price", "crew")]


def test_a_program_of_tools_waits_for_a_yes_and_functions_of_ones_own_are_tools(
    crewai: ServerUnderTest, models: str, tmp_path: Path
) -> None:
    script = tmp_path / "server.py"
    script.write_text(
        "from mcp.server.fastmcp import FastMCP\nserver = FastMCP('sums')\n\n"
        "@server.tool()\n"
        "def calculator(expression: str) -> str:\n    '''Work it out.'''\n    return expression + ' is 42'\n\n"
        "server.run()\n"
    )
    python = str(next((crewai.data_dir / "environments").glob("crewai-*/bin/python")))
    server = {"transport": "stdio", "name": "sums", "command": python, "args": [str(script)]}
    task = {**TASK, "description": "Work it out."}
    configuration = {"model": f"{models}/desk", "agents": [CLERK], "tasks": [task]}
    agent = make_agent(crewai, "crewai", {**configuration, "mcp_servers": [server]})
    refused = crewai.start_run(agent)
    assert str(script) in answer(crewai, refused, "Do not allow it")
    ended = crewai.wait(refused)
    assert (ended["status"], ended["failure"]) == ("FAILED", "configuration"), ended["reason"]
    allowed = crewai.start_run(agent)
    answer(crewai, allowed, "Allow it for this run")
    completed(crewai, allowed)
    assert "40 + 2 is 42" in [one.data.get("result") for one in crewai.events(allowed) if one.kind == "step_ended"]
    (tmp_path / "tools.py").write_text("def calculator(expression: str) -> str:\n    '''Work.'''\n    return 'own'\n")
    own = [{**CLERK, "functions": ["tools.py:calculator"]}]
    execution = begin(crewai, {**configuration, "agents": own, "project": str(tmp_path)})
    completed(crewai, execution)
    assert "own" in [one.data.get("result") for one in crewai.events(execution) if one.kind == "step_ended"]


@pytest.mark.parametrize(
    ("changed", "failure", "reason"),
    [
        ({"tasks": [{**TASK, "agent": "nobody"}]}, "configuration", "names the agent 'nobody'"),
        ({"tasks": [{**TASK, "context": ["later"]}]}, "configuration", "reads 'later', which is no task before it"),
        ({"agents": [CLERK, CLERK]}, "configuration", "two agents have the same name"),
        ({"agents": [CLERK, {**CLERK, "role": "B"}]}, "configuration", "needs an agent; name one of Clerk, B"),
        ({"agents": [{**CLERK, "functions": ["x.py:f"]}]}, "configuration", "The project's folder '' is not there"),
        ({"tasks": [{**TASK, "description": "Of {topic}."}]}, "configuration", "The crew needs these inputs: topic."),
        ({"tasks": [{**TASK, "output_file": "../x"}]}, "configuration", "The crew cannot be made as configured"),
        ({"crew": "gone.py:Crew", "project": str(PROJECTS)}, "configuration", "There is no file 'gone.py'"),
        ({"crew": "shelf.py:Shelf", "project": str(PROJECTS / "shelf")}, "configuration", "neither a crew nor a flow"),
        ({"crew": "../bakery/crew.jsonc", "project": str(PROJECTS / "desk")}, "configuration", "lies outside"),
        ({"model": "no-such-model"}, "model_refused", "no-such-model"),
        ({"crew": "shelf.py:DeafFlow", "project": str(PROJECTS / "shelf"), "model": "no-such-model"},
         "model_refused", "no-such-model"),
    ],
)  # fmt: skip
def test_what_cannot_work_fails_with_its_reason(
    run_agent: Run, changed: dict[str, Any], failure: str, reason: str
) -> None:
    ended = run_agent("crewai", {**CREW, **changed})
    assert (ended["status"], ended["failure"]) == ("FAILED", failure), ended["reason"]
    assert reason in ended["reason"]


def test_a_module_that_is_missing_is_named(run_agent: Run, tmp_path: Path) -> None:
    (tmp_path / "crew.py").write_text("import no_such_package\n")
    ended = run_agent("crewai", {"project": str(tmp_path), "crew": "crew.py:crew"})
    assert (ended["failure"], "no_such_package" in ended["reason"]) == ("environment", True)


@pytest.mark.parametrize("waits_for", ["a person", "its own code"])
def test_a_run_that_waits_is_stopped_within_its_grace(crewai: ServerUnderTest, tmp_path: Path, waits_for: str) -> None:
    (tmp_path / "slow.py").write_text(
        "import time\nfrom crewai.flow import Flow, start\n\nclass Slow(Flow):\n    @start()\n    def wait(self):\n"
        + ("        self.ask('What?')\n" if waits_for == "a person" else "        print('it waits')\n")
        + "        time.sleep(60)\n"
    )
    execution = begin(crewai, {"project": str(tmp_path), "crew": "slow.py:Slow"})
    if waits_for == "a person":
        crewai.wait_for_question(execution)
    else:
        crewai.wait_for_log(execution, "it waits")
    began = time.monotonic()
    crewai.http.delete(f"/api/executions/{execution}")
    assert crewai.wait(execution)["status"] == "CANCELLED"
    assert time.monotonic() - began < 10
    events = crewai.events(execution)
    begun = {one.step for one in events if one.kind == "step_started"}
    assert begun == {one.step for one in events if one.kind == "step_ended"}
