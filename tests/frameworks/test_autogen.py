"""AutoGen for real: teams, people, components with code, threads, tools and stops."""

import json
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
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
MODEL = "scripted-autogen-team"


@pytest.fixture
def autogen(installed: Callable[[str], ServerUnderTest]) -> ServerUnderTest:
    return installed("autogen")


def assistant(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "AssistantAgent", "name": name, **more}


def sample(name: str) -> dict[str, Any]:
    registry = Registry()
    registry.load()
    return dict(next(one for one in registry.frameworks["autogen"].samples if one.id == name).configuration)


def begin(server: ServerUnderTest, configuration: dict[str, Any], **input: Any) -> str:
    return server.start_run(make_agent(server, "autogen", configuration), input=input)


def answer(server: ServerUnderTest, execution: str, given: str, question: str = "q1") -> str:
    """What was asked; it is answered."""
    server.wait_for_question(execution, question)
    asked = next(one for one in server.execution(execution)["waitingFor"] if one["id"] == question)
    server.call("POST", f"/executions/{execution}/answers", json={"questionId": question, "answer": given})
    return asked["question"]


def completed(server: ServerUnderTest, execution: str) -> dict[str, Any]:
    ended = server.wait(execution, seconds=90)
    assert ended["status"] == "COMPLETED", ended["reason"]
    return ended


def said(server: ServerUnderTest, execution: str) -> list[tuple[str | None, str]]:
    return [(one.data.get("name"), one.message.strip()) for one in server.events(execution) if one.kind == "message"]


def test_a_hand_over_tells_to_whom_and_turns_are_steps(autogen: ServerUnderTest) -> None:
    execution = begin(autogen, sample("swarm"))
    assert completed(autogen, execution)["output"]["answer"] == "You get back 50.0 for order 1234 within a week. DONE"
    events = autogen.events(execution)
    handed = next(one for one in events if one.kind == "message" and one.data.get("to"))
    assert (handed.data["name"], handed.data["to"]) == ("front_desk", "refunds")
    turns = {one.step: one.message for one in events if one.kind == "step_started" and one.data["type"] == "task"}
    assert list(turns.values()) == ["front_desk", "refunds"]
    tools = {
        one.message: turns[one.data["parent"]]
        for one in events
        if one.kind == "step_started" and one.data["type"] == "tool"
    }
    assert tools == {"transfer_to_refunds": "front_desk", "calculator": "refunds"}


def test_a_person_takes_part(autogen: ServerUnderTest) -> None:
    person = {"type": "UserProxyAgent", "name": "boss"}
    agents = [assistant("writer"), person]
    configuration = {"model": MODEL, "team": "RoundRobinGroupChat", "agents": agents, "termination_text": "enough"}
    execution = begin(autogen, configuration, task="A slogan for a bakery that opens at five.")
    answer(autogen, execution, "Seven words at most, please.")
    answer(autogen, execution, "enough", "q2")
    ended = completed(autogen, execution)
    assert said(autogen, execution)[-3:] == [
        ("boss", "Seven words at most, please."),
        ("writer", "Up at five? So is our bread."),
        ("boss", "enough"),
    ]
    assert ended["output"]["answer"] == "Up at five? So is our bread."


def test_a_thread_goes_on_where_it_was_left(autogen: ServerUnderTest) -> None:
    agents = [assistant("writer"), assistant("critic")]
    configuration = {"model": MODEL, "team": "RoundRobinGroupChat", "agents": agents, "max_messages": 3}
    agent = make_agent(autogen, "autogen", configuration)
    first = autogen.start_run(agent, input={"task": "A bakery that opens at five.", "thread": "T"})
    assert completed(autogen, first)["output"]["answer"] == "It is too long for a sign. Seven words at most."
    second = autogen.start_run(agent, input={"thread": "T"})
    completed(autogen, second)
    assert said(autogen, second)[0] == ("writer", "Up at five? So is our bread.")


def with_code(marker: Path) -> dict[str, Any]:
    """A component with a tool that carries its source, as dump_component() writes it."""
    team = sample("component")["component"]
    code = f"def note(text: str) -> str:\n    open({str(marker)!r}, 'w').write(text)\n    return 'noted'\n"
    tool = {
        "provider": "autogen_core.tools.FunctionTool",
        "component_type": "tool",
        "version": 1,
        "config": {
            "source_code": f"open({str(marker)!r}, 'w').close()\n{code}",
            "name": "note",
            "description": "Notes.",
            "global_imports": [],
            "has_cancellation_support": False,
        },
    }
    team["config"]["participants"][0]["config"]["tools"] = [tool]
    return team


def test_a_component_with_code_waits_for_a_yes_and_is_not_loaded_before(
    autogen: ServerUnderTest, tmp_path: Path
) -> None:
    marker = tmp_path / "was-run"
    configuration = {"component": with_code(marker), "task": "What a good interview begins with"}
    execution = begin(autogen, configuration)
    assert "def note(text: str)" in answer(autogen, execution, "Do not allow it")
    ended = autogen.wait(execution)
    assert (ended["status"], ended["failure"], marker.exists()) == ("FAILED", "configuration", False)
    agent = make_agent(autogen, "autogen", configuration)
    allowed = autogen.start_run(agent)
    answer(autogen, allowed, "Allow it, now and later")
    completed(autogen, allowed)
    assert marker.exists()
    completed(autogen, autogen.start_run(agent))
    marker.unlink()
    changed = with_code(tmp_path / "other")
    autogen.call("PUT", f"/agents/{agent}", json={"configuration": {**configuration, "component": changed}})
    asks_again = autogen.start_run(agent)
    answer(autogen, asks_again, "Do not allow it")
    assert autogen.wait(asks_again)["status"] == "FAILED"


def test_components_of_other_providers_ask_the_gateway(autogen: ServerUnderTest, tmp_path: Path) -> None:
    team = sample("component")["component"]
    for one in team["config"]["participants"]:
        client = one["config"]["model_client"]
        client["provider"] = "autogen_ext.models.azure.AzureOpenAIChatCompletionClient"
        client["config"] |= {"azure_endpoint": "https://nobody.invalid", "api_key": "secret"}
    (tmp_path / "team.json").write_text(json.dumps(team))
    (project,) = autogen.call("POST", "/projects/read", json={"path": str(tmp_path)})["projects"]
    configuration = {**project["agents"][0]["configuration"], "task": "What a good interview begins with"}
    ended = completed(autogen, begin(autogen, configuration))
    assert (ended["output"]["answer"], ended["tokensUsed"] > 0) == ("Both are open and easy to answer. TERMINATE", True)


@pytest.mark.parametrize(
    ("configuration", "reason"),
    [
        ({"model": MODEL, "agents": [assistant("a"), assistant("b")]}, "there are several agents; choose a team"),
        ({"model": MODEL, "agents": [assistant("a", functions=["x.py:f"])]}, "The project's folder '' is not there"),
        ({"model": MODEL, "team": "GraphFlow", "agents": [assistant("a")], "edges": [{"source": "a", "target": "z"}]},
         "an edge names 'z'"),
        ({"model": MODEL, "team": "RoundRobinGroupChat", "agents": [assistant("a"), assistant("a")]}, "unique"),
        ({"component": {"provider": "autogen_core.tools.FunctionTool", "config": {}}}, "cannot be made"),
        ({"component": {"provider": "autogen_agentchat.agents.AssistantAgent", "component_type": "agent",
                        "config": {"model_client": {"component_type": "model", "config": {}}}}}, "names no model"),
    ],
)  # fmt: skip
def test_what_cannot_work_fails_with_its_reason(
    run_agent: Callable[..., dict[str, Any]], configuration: dict[str, Any], reason: str
) -> None:
    ended = run_agent("autogen", {**configuration, "task": "x"})
    assert (ended["status"], ended["failure"]) == ("FAILED", "configuration"), ended["reason"]
    assert reason in ended["reason"]


def test_a_model_that_is_not_there_is_told_without_a_traceback(run_agent: Callable[..., dict[str, Any]]) -> None:
    configuration = {"model": "no-such", "team": "RoundRobinGroupChat", "agents": [assistant("a")], "task": "x"}
    ended = run_agent("autogen", configuration)
    assert (ended["status"], ended["failure"]) == ("FAILED", "model_refused")
    assert "no-such" in ended["reason"] and "Traceback" not in ended["reason"]


def test_a_person_who_is_waited_for_keeps_no_run_from_stopping(autogen: ServerUnderTest) -> None:
    agents = [{"type": "UserProxyAgent", "name": "boss"}, assistant("writer")]
    execution = begin(autogen, {"model": MODEL, "team": "RoundRobinGroupChat", "agents": agents}, task="x")
    autogen.wait_for_question(execution)
    began = time.monotonic()
    autogen.http.delete(f"/api/executions/{execution}")
    assert autogen.wait(execution)["status"] == "CANCELLED"
    assert time.monotonic() - began < 10
    events = autogen.events(execution)
    begun = {one.step for one in events if one.kind == "step_started"}
    assert begun == {one.step for one in events if one.kind == "step_ended"}


def test_functions_and_programs_of_ones_own_are_tools(autogen: ServerUnderTest, tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text(
        "def write_file(path: str, text: str) -> str:\n    '''Write.'''\n    return 'Wrote 9 characters'\n"
    )
    script = tmp_path / "server.py"
    script.write_text(
        "from mcp.server.fastmcp import FastMCP\nserver = FastMCP('sums')\n\n"
        "@server.tool()\n"
        "def calculator(expression: str) -> str:\n    '''Work it out.'''\n    return str(eval(expression))\n\n"
        "server.run()\n"
    )
    python = str(next((autogen.data_dir / "environments").glob("autogen-*/bin/python")))
    server = {"transport": "stdio", "name": "sums", "command": python, "args": [str(script)]}
    configuration = {
        **sample("assistant"),
        "agents": [assistant("clerk", functions=["tools.py:write_file"])],
        "task": "17 percent of 2480",
        "project": str(tmp_path),
        "mcp_servers": [server],
    }
    execution = begin(autogen, configuration)
    assert str(script) in answer(autogen, execution, "Allow it for this run")
    completed(autogen, execution)
    events = autogen.events(execution)
    called = {one.step: one.message for one in events if one.kind == "step_started" and one.data["type"] == "tool"}
    results = [one.data["result"] for one in events if one.kind == "step_ended" and one.step in called]
    assert (list(called.values()), "421.6" in results[0]) == (["calculator"], True)
    own = {
        **sample("assistant"),
        "agents": [assistant("clerk", tools=["calculator"], functions=["tools.py:write_file"])],
    }
    execution = begin(autogen, {**own, "project": str(tmp_path)})
    completed(autogen, execution)
    ended = [one.data.get("result") for one in autogen.events(execution) if one.kind == "step_ended"]
    assert "Wrote 9 characters" in ended


_LEDGER = {
    "is_request_satisfied": {"reason": "r", "answer": False},
    "is_in_loop": {"reason": "r", "answer": False},
    "is_progress_being_made": {"reason": "r", "answer": True},
    "next_speaker": {"reason": "r", "answer": "solver"},
    "instruction_or_question": {"reason": "r", "answer": "Add 20 and 22."},
}


class _Sequence(BaseHTTPRequestHandler):
    """Says one thing after the other, whole, whatever is asked."""

    replies: list[str]

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = self.replies.pop(0)
        if asked.get("stream"):
            chunks = [{"delta": {"role": "assistant", "content": text}}, {"delta": {}, "finish_reason": "stop"}]
            body = "".join(f"data: {json.dumps(_chunk(one))}\n\n" for one in chunks).encode() + b"data: [DONE]\n\n"
        else:
            choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
            whole = {
                "id": "c",
                "object": "chat.completion",
                "created": 1,
                "model": "m",
                "choices": [choice],
                "usage": usage,
            }
            body = json.dumps(whole).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if asked.get("stream") else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _chunk(choice: dict[str, Any]) -> dict[str, Any]:
    choices = [{"index": 0, "finish_reason": None, **choice}]
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}


@pytest.fixture
def talker() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Sequence)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_magentic_one_leads_by_its_ledger(
    autogen: ServerUnderTest, talker: ThreadingHTTPServer, tmp_path: Path
) -> None:
    satisfied = {**_LEDGER, "is_request_satisfied": {"reason": "r", "answer": True}}
    _Sequence.replies = ["facts", "plan", json.dumps(_LEDGER), "It is 42.", json.dumps(satisfied), "The sum is 42."]
    configuration = {"model": "m", "team": "MagenticOneGroupChat", "agents": [assistant("solver")], "task": "20 + 22?"}
    trial = run_against(autogen, talker, tmp_path, configuration)
    assert trial.ending["status"] == "COMPLETED", trial.ending
    assert trial.ending["output"]["answer"] == "The sum is 42."
    turns = [one["message"] for one in trial.events if one["kind"] == "step_started"]
    assert "solver" in turns


def run_against(
    server: ServerUnderTest, talker: ThreadingHTTPServer, folder: Path, configuration: dict[str, Any]
) -> Trial:
    registry = Registry()
    registry.load()
    framework = registry.frameworks["autogen"]
    gateway = TrialGateway({})
    with gateway:
        gateway.url, gateway.port = f"http://127.0.0.1:{talker.server_port}/v1", talker.server_port
        stage = Stage(interpreter_for(framework, server.data_dir).command, framework.worker, gateway, folder, 60)
        return stage.run(with_defaults(framework, configuration), {})
