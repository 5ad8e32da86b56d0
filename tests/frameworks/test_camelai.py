"""CAMEL for real: societies, their tools and people, projects of several shapes, threads, stops and failures."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from servers import ServerUnderTest
from talker import Json, Said, talker, tools_used

from orchestra.client import StreamEvent
from orchestra.registry import Registry

from .conftest import add_provider, make_agent

pytestmark = pytest.mark.timeout(600)
PROJECTS = Path(__file__).parents[1] / "projects" / "camelai"
MODEL = "scripted-camelai-assistant"


@pytest.fixture
def camel(installed: Callable[[str], ServerUnderTest]) -> ServerUnderTest:
    return installed("camelai")


def sample(name: str) -> dict[str, Any]:
    registry = Registry()
    registry.load()
    return dict(next(one for one in registry.frameworks["camelai"].samples if one.id == name).configuration)


def begin(server: ServerUnderTest, configuration: dict[str, Any], **input: Any) -> str:
    return server.start_run(make_agent(server, "camelai", configuration), input=input)


def completed(server: ServerUnderTest, execution: str) -> dict[str, Any]:
    ended = server.wait(execution, seconds=90)
    assert ended["status"] == "COMPLETED", ended["reason"]
    return ended


def answer(server: ServerUnderTest, execution: str, given: str) -> str:
    """What was asked; it is answered."""
    server.wait_for_question(execution, "q1")
    asked = server.execution(execution)["waitingFor"][0]
    server.call("POST", f"/executions/{execution}/answers", json={"questionId": "q1", "answer": given})
    return asked["question"]


def tree(events: list[StreamEvent], *kinds: str) -> list[tuple[str, str | None]]:
    """Steps of these types with the name of what they are in."""
    begun = {one.step: one for one in events if one.kind == "step_started"}
    return [
        (one.data["name"], begun[one.data["parent"]].data["name"] if one.data.get("parent") else None)
        for one in begun.values()
        if one.data["type"] in kinds
    ]


def said(events: list[StreamEvent]) -> list[tuple[str | None, str]]:
    return [(one.data.get("name"), (one.message or "").strip()) for one in events if one.kind == "message"]


def last(asked: Json) -> str:
    return str(asked["messages"][-1]["content"])


def assigned_to(description: str, asked: str) -> str:
    """A coordinator's answer, which gives the task to the worker with that description."""
    task = asked.partition("Task ID: ")[2].partition("\n")[0]
    worker = asked.partition(f">:<{description}>")[0].rpartition("<")[2]
    return json.dumps({"assignments": [{"task_id": task, "assignee_id": worker, "dependencies": []}]})


def test_two_who_play_roles_are_seen_turn_by_turn(camel: ServerUnderTest) -> None:
    execution = begin(camel, sample("roles"))
    ended = completed(camel, execution)
    assert (ended["output"]["turns"], ended["output"]["stopReason"]) == (3, "CAMEL_TASK_DONE")
    assert "Warm yellow letters" in ended["output"]["answer"]
    events = camel.events(execution)
    turns = [("Baker", "RolePlaying"), ("Sign Painter", "RolePlaying")] * 3
    assert tree(events, "agent") == [("Task Specifier", None), ("RolePlaying", None), *turns]
    assert [name for name, _ in said(events)] == ["Task Specifier", None, *(name for name, _ in turns)]
    spoken = "".join(one.message or "" for one in events if one.kind == "token" and one.data["name"] == "Sign Painter")
    assert spoken == "".join(text for name, text in said(events) if name == "Sign Painter")
    drawn = next(one for one in events if one.kind == "graph")
    assert {one["id"] for one in drawn.data["nodes"]} == {"Baker", "Sign Painter"}


def test_a_workforces_tasks_hold_the_turns_and_tools_of_who_does_them(camel: ServerUnderTest) -> None:
    execution = begin(camel, sample("workforce"))
    ended = completed(camel, execution)
    assert [one["state"] for one in ended["output"]["tasks"]] == ["DONE", "DONE"]
    assert "About 14.5 Eiffel Towers" in ended["output"]["answer"]
    events = camel.events(execution)
    first, second = (name for name, parent in tree(events, "task") if parent == "Workforce")
    assert (first[:12], second[:12]) == ("Say how high", "Divide the h")
    assert {("geographer", first), ("counter", second), ("Task Planner", "Workforce")} <= set(tree(events, "agent"))
    assert tree(events, "tool") == [("calculator", "counter")]
    assert any("goes to counter" in message for message in camel.messages(execution))


def workforce(**more: Any) -> dict[str, Any]:
    worker = {"type": "SingleAgentWorker", "name": "clerk", "description": "Does it."}
    return {"kind": "Workforce", "workers": [worker], "recovery": [], "max_retries": 1, **more}


def test_a_workforce_that_fails_says_why_and_has_not_completed(run_agent: Callable[..., dict[str, Any]]) -> None:
    ended = run_agent("camelai", {"model": "scripted-camelai-workforce", "task": "x", "society": workforce()})
    assert (ended["status"], ended["failure"]) == ("FAILED", "framework")
    assert "I only play the sample" in ended["reason"]


def _of_a_pipeline(asked: Json) -> Said:
    text = last(asked)
    if "assign multiple tasks" in text:
        pairs = ((one, "clerk") for one in ("first", "second"))
        given = [{"task_id": task, "assignee_id": worker, "dependencies": []} for task, worker in pairs]
        return json.dumps({"assignments": given})
    if "Now start to give me instructions" in text:
        return "Instruction: begin"
    if "process one given task" in text:
        done = "second after first" if "result: first is done" in text else "first is done"
        return json.dumps({"content": done, "failed": False})
    return "ok"


def test_a_pipeline_is_done_in_its_order_without_a_planner(camel: ServerUnderTest) -> None:
    pipeline = [{"id": "first", "content": "Do one."}, {"id": "second", "content": "Do two.", "depends_on": ["first"]}]
    with talker(_of_a_pipeline) as url:
        configuration = {
            "model": add_provider(camel, url),
            "task": "All of it",
            "society": workforce(pipeline=pipeline),
        }
        execution = begin(camel, configuration)
        ended = completed(camel, execution)
    assert [one["result"] for one in ended["output"]["tasks"]] == ["first is done", "second after first"]
    assert "Task Planner" not in [name for name, _ in said(camel.events(execution))]


def _of_two_in_one(asked: Json) -> Said:
    text = last(asked)
    if "decompose the following task" in text:
        return "<tasks><task>Agree on a colour for the door.</task></tasks>"
    if "assign multiple tasks" in text:
        return assigned_to("Agrees on things.", text)
    if "Now start to give me instructions" in text:
        return "Instruction: Name a colour."
    if "Name a colour" in text and "schema" not in text:
        return "Solution: Green. Next request."
    if "schema" in text.lower():
        return json.dumps({"content": "They agreed on green.", "failed": False})
    return "CAMEL_TASK_DONE"


def test_a_worker_may_be_two_who_play_roles(camel: ServerUnderTest) -> None:
    pair = {
        "type": "RolePlayingWorker",
        "description": "Agrees on things.",
        "assistant_role_name": "Painter",
        "user_role_name": "Owner",
    }
    with talker(_of_two_in_one) as url:
        model = add_provider(camel, url)
        execution = begin(camel, {"model": model, "task": "Which colour?", "society": workforce(workers=[pair])})
        ended = completed(camel, execution)
    assert "They agreed on green." in ended["output"]["answer"]
    events = camel.events(execution)
    assert {name for name, parent in tree(events, "agent") if parent == "Agree on a colour for the door."} == {
        "Owner",
        "Painter",
        "Summarizer",
    }


def test_an_agent_asks_people_by_its_toolkit(camel: ServerUnderTest) -> None:
    def say(asked: Json) -> Said:
        if not tools_used(asked):
            return {"name": "ask_human_via_console", "arguments": {"question": "Which colour?"}}
        return f"It will be {last(asked)}."

    with talker(say) as url:
        society = {"kind": "ChatAgent", "human_toolkit": True}
        execution = begin(camel, {"model": add_provider(camel, url), "society": society}, task="Paint it.")
        assert answer(camel, execution, "green") == "Which colour?"
        assert completed(camel, execution)["output"]["answer"] == "It will be green."


def test_a_thread_goes_on_where_it_was_left(camel: ServerUnderTest) -> None:
    with talker(lambda asked: f"I know {len(asked['messages'])} messages.") as url:
        configuration = {"model": add_provider(camel, url), "society": {"kind": "ChatAgent"}}
        agent = make_agent(camel, "camelai", configuration)
        for input, known in (({"thread": "T"}, 2), ({"thread": "T"}, 4), ({}, 2)):
            execution = camel.start_run(agent, input={"task": "Hello", **input})
            assert completed(camel, execution)["output"]["answer"] == f"I know {known} messages."


def imported(server: ServerUnderTest, project: str, name: str, **more: Any) -> dict[str, Any]:
    """The configuration that reading a project gives for one of its agents."""
    projects = server.call("POST", "/projects/read", json={"path": str(PROJECTS / project)})["projects"]
    found = next(one for one in projects if one["framework"] == "camelai")
    agent = next(one for one in found["agents"] if one["name"] == name)
    return {**agent["configuration"], **more}


def _tutoring(asked: Json) -> Said:
    text = last(asked)
    if "Now start to give me instructions" in text:
        return "Instruction: Why is the sea salty?\nInput: None"
    if "Instruction: Why" in text:
        return {"name": "look_up", "arguments": {"word": "salt"}}
    return f"Solution: {text}" if tools_used(asked) == 1 and "rivers" in text else "CAMEL_TASK_DONE"


def test_a_project_with_a_function_that_makes_a_society_runs_as_it_is(camel: ServerUnderTest) -> None:
    with talker(_tutoring) as url:
        model = add_provider(camel, url)
        configuration = imported(camel, "tutoring", "construct_society", model=model)
        ended = completed(camel, begin(camel, configuration, task="Why is the sea salty?"))
    assert ended["output"]["answer"] == "Solution: salt: what rivers carry into the sea"
    assert ended["tokensUsed"] > 0


def _newsroom(asked: Json) -> Said:
    text, used = last(asked), tools_used(asked)
    if "decompose the following task" in text:
        return "<tasks><task>Find the weather in Rome.</task></tasks>"
    if "assign multiple tasks" in text:
        return assigned_to("Finds facts", text)
    if "analyzing a task" in text:
        return json.dumps({"reasoning": "good", "issues": [], "recovery_strategy": None, "quality_score": 99})
    if used == 0:
        return {"name": "weather_of", "arguments": {"city": "Rome"}}
    return json.dumps({"content": f"The reporter says: {text}", "failed": False})


def test_a_package_that_makes_a_workforce_runs_with_its_relative_imports(camel: ServerUnderTest) -> None:
    with talker(_newsroom) as url:
        model = add_provider(camel, url)
        execution = begin(camel, imported(camel, "newsroom", "create_workforce", model=model), task="What is new?")
        assert "The reporter says: In Rome it rains." in completed(camel, execution)["output"]["answer"]
    assert ("weather_of", "Reporter") in tree(camel.events(execution), "tool")


def _clinic(asked: Json) -> Said:
    if last(asked).startswith("Say this"):
        return last(asked).upper()
    return last(asked) if tools_used(asked) else {"name": "room_of", "arguments": {"name": "Ms Rossi"}}


def test_an_agent_of_a_module_and_a_function_that_does_the_work_run(camel: ServerUnderTest) -> None:
    with talker(_clinic) as url:
        model = add_provider(camel, url)
        desk = imported(camel, "clinic", "front_desk", model=model)
        ended = completed(camel, begin(camel, desk, task="Where is Ms Rossi?"))
        assert ended["output"]["answer"] == "Ms Rossi waits in room 4"
        society = {"kind": "project", "entrypoint": "agents.py:summarise", "arguments": {"length": 3}}
        ended = completed(camel, begin(camel, {**desk, "society": society}, task="all is well"))
        assert ended["output"] == {"answer": "SAY THIS IN 3 WORDS: ALL IS WELL", "length": 3}


def of_the_clinic(name: str, **more: Any) -> dict[str, Any]:
    society = {"kind": "project", "entrypoint": f"agents.py:{name}"}
    return {"model": MODEL, "project": str(PROJECTS / "clinic"), "society": society, **more}


CHAT = {"kind": "ChatAgent"}
CLERK = {"type": "SingleAgentWorker", "name": "clerk", "description": "Does it."}


@pytest.mark.parametrize(
    ("configuration", "failure", "reason"),
    [
        ({"model": MODEL, "society": CHAT}, "configuration", "There is no task"),
        ({"model": MODEL, "society": {**CHAT, "functions": ["x.py:f"]}, "task": "x"}, "configuration", "is not there"),
        ({"model": MODEL, "society": workforce(workers=[CLERK, CLERK]), "task": "x"}, "configuration", "the same role"),
        (of_the_clinic("gone", task="x"), "configuration", "There is no 'gone'"),
        (of_the_clinic("number", task="x"), "configuration", "is no agent, society or function, but int"),
        (of_the_clinic("summarise"), "configuration", "wants 'report'"),
        (of_the_clinic("diagnose", task="x"), "framework", "LookupError: no illness is called x"),
        ({"model": "no-such", "society": CHAT, "task": "x"}, "model_refused", "no-such"),
    ],
)
def test_what_cannot_work_fails_with_its_reason(
    run_agent: Callable[..., dict[str, Any]], configuration: dict[str, Any], failure: str, reason: str
) -> None:
    ended = run_agent("camelai", configuration)
    assert (ended["status"], ended["failure"]) == ("FAILED", failure), ended["reason"]
    assert reason in ended["reason"]


def test_a_worker_that_is_refused_ends_the_run_at_once(camel: ServerUnderTest) -> None:
    configuration = {**sample("workforce"), "task": "x"}
    configuration["society"] = workforce(workers=[{**CLERK, "model": "no-such"}], max_retries=20)
    began = time.monotonic()
    pipeline = [{"id": "first", "content": "Do one."}]
    configuration["society"]["pipeline"] = pipeline
    with talker(_of_a_pipeline) as url:
        configuration["model"] = add_provider(camel, url)
        ended = camel.wait(begin(camel, configuration))
    assert (ended["status"], ended["failure"]) == ("FAILED", "model_refused"), ended["reason"]
    assert time.monotonic() - began < 20


def test_a_run_stops_while_its_planner_blocks_camels_loop(camel: ServerUnderTest) -> None:
    is_slow, is_asked = threading.Event(), threading.Event()

    def say(asked: Json) -> Said:
        if is_slow.is_set():
            is_asked.set()
            time.sleep(8)
        return "ok"

    with talker(say) as url:
        model = add_provider(camel, url)
        is_slow.set()
        execution = begin(camel, {"model": model, "task": "x", "society": workforce()})
        assert is_asked.wait(30)
        began = time.monotonic()
        camel.http.delete(f"/api/executions/{execution}")
        assert camel.wait(execution)["status"] == "CANCELLED"
        assert time.monotonic() - began < 4
    events = camel.events(execution)
    ended = {one.step: one.data["status"] for one in events if one.kind == "step_ended"}
    assert set(ended) == {one.step for one in events if one.kind == "step_started"}
    assert "completed" not in ended.values()
