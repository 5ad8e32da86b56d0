"""LangGraph for real: projects in each shape, questions, threads, tools, approvals, limits and refusals."""

import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from servers import ServerUnderTest

from orchestra.environments.catalog import interpreter_for
from orchestra.registry import Registry

from .conftest import make_agent, wait_until_built

PROJECTS = Path(__file__).parents[1] / "projects" / "langgraph"
ASSISTANT = {"model": "scripted-langgraph-assistant"}
pytestmark = pytest.mark.timeout(600)

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def langgraph(installed: Callable[[str], ServerUnderTest]) -> ServerUnderTest:
    return installed("langgraph")


def configuration_of(server: ServerUnderTest, project: str, graph: str, **more: Any) -> dict[str, Any]:
    """What importing the project gives."""
    found = server.call("POST", "/projects/read", json={"path": str(PROJECTS / project)})["projects"][0]
    agent = next(one for one in found["agents"] if one["name"] == graph)
    assert "problem" not in agent
    return {**agent["configuration"], **more}


def begin(server: ServerUnderTest, configuration: dict[str, Any], **input: Any) -> str:
    return server.start_run(make_agent(server, "langgraph", configuration), input=input)


def answer(server: ServerUnderTest, execution: str, given: Any, question: str = "q1") -> dict[str, Any]:
    """The question, once it was asked; it is answered."""
    server.wait_for_question(execution, question)
    asked = next(one for one in server.execution(execution)["waitingFor"] if one["id"] == question)
    server.call("POST", f"/executions/{execution}/answers", json={"questionId": question, "answer": given})
    return asked


def steps_of(server: ServerUnderTest, execution: str, kind: str) -> list[Any]:
    events = server.events(execution)
    return [one for one in events if one.kind == "step_started" and one.data["type"] == kind]


def completed(server: ServerUnderTest, execution: str) -> dict[str, Any]:
    ended = server.wait(execution, seconds=90)
    assert ended["status"] == "COMPLETED", ended["reason"]
    return ended


@pytest.mark.parametrize("graph", ["newsroom", "by_module"])
def test_parallel_nodes_and_subgraphs_of_a_package_are_nested_steps(langgraph: ServerUnderTest, graph: str) -> None:
    execution = begin(langgraph, configuration_of(langgraph, "newsroom", graph), topic="bees")
    notes = "; ".join(f"note on bees {number}" for number in range(3))
    assert completed(langgraph, execution)["output"]["state"]["text"] == f"plain: {notes}"
    steps = {one.step: one for one in steps_of(langgraph, execution, "task")}
    assert sorted(one.message for one in steps.values()) == ["desk", "desk", "desk", "editing", "write"]
    write = next(one for one in steps.values() if one.message == "write")
    assert steps[write.data["parent"]].message == "editing"
    drawn = next(one for one in langgraph.events(execution) if one.kind == "graph")
    assert {one["id"] for one in drawn.data["nodes"]} == {"__start__", "desk", "editing", "__end__"}
    assert {"source": "desk", "target": "editing"} in drawn.data["edges"]


def test_a_workflow_asks_and_goes_on_with_the_answer(langgraph: ServerUnderTest) -> None:
    execution = begin(langgraph, configuration_of(langgraph, "approvals", "flow"), topic="tea")
    asked = answer(langgraph, execution, "yes")
    assert asked["choices"] == ["yes", "no"]
    assert "A text on tea" in asked["question"]
    assert completed(langgraph, execution)["output"]["answer"] == "A text on tea: yes"


def test_two_nodes_may_ask_at_once_and_threads_remember(langgraph: ServerUnderTest) -> None:
    agent = make_agent(langgraph, "langgraph", configuration_of(langgraph, "approvals", "mail"))
    for expected, subject in ((1, "tea"), (3, "milk")):
        execution = langgraph.start_run(agent, input={"task": "Send it.", "thread": "T"})
        answer(langgraph, execution, subject)
        assert answer(langgraph, execution, 2, "q2")["schema"] == {"type": "integer", "minimum": 1}
        assert completed(langgraph, execution)["output"]["answer"] == f"{subject} x 2, message {expected}"


def test_a_thread_that_waited_for_an_answer_goes_on_in_a_later_run(langgraph: ServerUnderTest) -> None:
    agent = make_agent(langgraph, "langgraph", configuration_of(langgraph, "approvals", "flow"))
    first = langgraph.start_run(agent, input={"topic": "tea", "thread": "T"})
    langgraph.wait_for_question(first)
    langgraph.http.delete(f"/api/executions/{first}")
    assert langgraph.wait(first)["status"] == "CANCELLED"
    later = langgraph.start_run(agent, input={"thread": "T"})
    answer(langgraph, later, "no")
    assert completed(langgraph, later)["output"]["answer"] == "A text on tea: no"
    assert [one.message for one in steps_of(langgraph, later, "task")] == ["flow"]


def test_a_graph_is_opened_and_closed_around_its_run(langgraph: ServerUnderTest) -> None:
    configuration = configuration_of(langgraph, "archive", "archive", configurable={"shelf": 4})
    execution = begin(langgraph, configuration, task="Where is it?")
    assert completed(langgraph, execution)["output"]["answer"] == "shelf 4"
    messages = langgraph.messages(execution)
    assert {"the archive is opened", "the archive is closed"} <= set(messages)


def test_thirty_calls_of_tools_two_hundred_messages_and_one_of_two_megabytes_are_whole(
    langgraph: ServerUnderTest,
) -> None:
    configuration = configuration_of(langgraph, "archive", "many", recursion_limit=500)
    execution = begin(langgraph, configuration, task="Tell all.")
    ended = completed(langgraph, execution)
    assert ended["output"]["answer"] == "x" * 2_000_000
    events = langgraph.events(execution)
    said = [one.message for one in events if one.kind == "message"]
    assert said == [*(f"turn {number}" for number in range(199)), "x" * 2_000_000]
    tools = {
        one.step: one.data["arguments"] for one in events if one.kind == "step_started" and one.data["type"] == "tool"
    }
    results = {one.step: one.data["result"] for one in events if one.kind == "step_ended" and one.step in tools}
    assert [tools[step] for step in tools] == [{"number": number} for number in range(30)]
    assert [results[step] for step in tools] == [f"entry {number}" for number in range(30)]


def test_what_nodes_say_themselves_is_shown_once(langgraph: ServerUnderTest) -> None:
    execution = begin(langgraph, configuration_of(langgraph, "archive", "outside"), task="x")
    completed(langgraph, execution)
    said = [(one.data["name"], one.message) for one in langgraph.events(execution) if one.kind == "message"]
    assert said == [("say_it_raw", "from inside"), ("again", "from inside")]


def test_an_agent_that_a_project_makes_asks_the_gateway(langgraph: ServerUnderTest) -> None:
    configuration = configuration_of(
        langgraph, "archive", "agent", configurable={"model": "scripted-langgraph-project"}
    )
    ended = completed(langgraph, begin(langgraph, configuration, task="Sort this mail: an invoice"))
    assert (ended["output"]["answer"], ended["tokensUsed"] > 0) == ("billing", True)


def test_a_graph_that_does_not_end_fails_at_its_recursion_limit(langgraph: ServerUnderTest) -> None:
    configuration = configuration_of(langgraph, "archive", "many", recursion_limit=20)
    ended = langgraph.wait(begin(langgraph, configuration, task="Tell all."))
    assert (ended["status"], ended["reason"]) == (
        "FAILED",
        "The graph had not ended after 20 steps, its recursion limit.",
    )


@pytest.mark.parametrize(
    ("changed", "failure", "reason"),
    [
        ({"project": "/nowhere", "graph": "x.py:g"}, "configuration", "The project's folder '/nowhere' is not there"),
        ({"project": str(PROJECTS / "archive"), "graph": "gone"}, "configuration", "There is no graph 'gone'"),
        ({"project": str(PROJECTS / "archive"), "graph": "archive.py:State"}, "configuration", "gives no graph"),
        ({**ASSISTANT, "functions": ["gone.py:f"], "project": str(PROJECTS)}, "configuration", "no file 'gone.py'"),
        ({**ASSISTANT, "model": "no-such-model", "task": "x"}, "model_refused", "no-such-model"),
        (
            {**ASSISTANT, "task": "17 percent of 2480", "tools": ["calculator"], "model_call_limit": 1},
            "framework",
            "call limit",
        ),
    ],
)
def test_what_cannot_work_fails_with_its_reason(
    run_agent: Run, changed: dict[str, Any], failure: str, reason: str
) -> None:
    ended = run_agent("langgraph", changed)
    assert (ended["status"], ended["failure"]) == ("FAILED", failure), ended["reason"]
    assert reason in ended["reason"]


def test_a_module_that_is_missing_is_named(run_agent: Run, tmp_path: Path) -> None:
    (tmp_path / "agent.py").write_text("import no_such_package\n")
    ended = run_agent("langgraph", {"project": str(tmp_path), "graph": "agent.py:graph"})
    assert (ended["failure"], "no_such_package" in ended["reason"]) == ("environment", True)


@pytest.mark.parametrize(("given", "result"), [("Approve", "421.6"), ("Reject", "A person did not allow this.")])
def test_a_tool_that_needs_a_yes_waits_for_it(langgraph: ServerUnderTest, given: str, result: str) -> None:
    configuration = {**ASSISTANT, "tools": ["calculator"], "approve_tools": ["calculator"], "model_call_limit": 2}
    execution = begin(langgraph, configuration, task="17 percent of 2480")
    asked = answer(langgraph, execution, given)
    assert asked["question"].startswith("May the agent call calculator?")
    assert "2480 * 17 / 100" in asked["question"]
    if given == "Reject":
        completed(langgraph, execution)
        return
    langgraph.wait_for_question(execution, "q2")
    assert "2480 - 421.6" in langgraph.execution(execution)["waitingFor"][0]["question"]
    langgraph.http.delete(f"/api/executions/{execution}")
    langgraph.wait(execution)


def test_a_program_is_started_once_it_was_allowed_and_never_asked_for_again(
    langgraph: ServerUnderTest, tmp_path: Path
) -> None:
    script = tmp_path / "server.py"
    script.write_text(
        "from mcp.server.fastmcp import FastMCP\nserver = FastMCP('sums')\n\n"
        "@server.tool()\n"
        "def calculator(expression: str) -> str:\n    '''Work it out.'''\n    return str(eval(expression))\n\n"
        "server.run()\n"
    )
    python = str(next((langgraph.data_dir / "environments").glob("langgraph-*/bin/python")))
    server = {"transport": "stdio", "name": "sums", "command": python, "args": [str(script)]}
    agent = make_agent(langgraph, "langgraph", {**ASSISTANT, "mcp_servers": [server], "tools": ["write_file"]})
    first = langgraph.start_run(agent, input={"task": "17 percent of 2480"})
    assert str(script) in answer(langgraph, first, "Allow it, now and later")["question"]
    completed(langgraph, first)
    second = langgraph.start_run(agent, input={"task": "17 percent of 2480"})
    completed(langgraph, second)
    called = [(one.message, one.data["arguments"]) for one in steps_of(langgraph, second, "tool")]
    assert called[0] == ("calculator", {"expression": "2480 * 17 / 100"})
    server["args"] = [str(script), "--more"]
    langgraph.call("PUT", f"/agents/{agent}", json={"configuration": {**ASSISTANT, "mcp_servers": [server]}})
    third = langgraph.start_run(agent, input={"task": "17 percent of 2480"})
    answer(langgraph, third, "Do not allow it")
    ended = langgraph.wait(third)
    assert (ended["status"], ended["failure"]) == ("FAILED", "configuration")


def test_functions_of_ones_own_are_tools(langgraph: ServerUnderTest, tmp_path: Path) -> None:
    (tmp_path / "tools.py").write_text(
        "async def calculator(expression: str) -> str:\n    '''Work it out.'''\n    return f'= {expression}'\n"
    )
    configuration = {**ASSISTANT, "project": str(tmp_path), "functions": ["tools.py:calculator"]}
    execution = begin(langgraph, configuration, task="17 percent of 2480")
    completed(langgraph, execution)
    events = langgraph.events(execution)
    assert "= 2480 * 17 / 100" in [one.data.get("result") for one in events if one.kind == "step_ended"]


def test_an_answer_comes_in_the_shape_that_was_asked_for(run_agent: Run) -> None:
    shape = {"title": "calculator", "type": "object", "properties": {"expression": {"type": "string"}}}
    ended = run_agent("langgraph", {**ASSISTANT, "response_format": shape, "task": "17 percent of 2480"})
    assert ended["status"] == "COMPLETED", ended["reason"]
    assert ended["output"]["state"]["structured_response"] == {"expression": "2480 * 17 / 100"}


def test_a_run_that_waits_for_its_node_is_stopped_within_its_grace(langgraph: ServerUnderTest, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(
        "import time\nfrom typing import TypedDict\nfrom langgraph.graph import START, StateGraph\n\n"
        "class State(TypedDict, total=False):\n    task: str\n\n"
        "def wait(state):\n    print('it waits')\n    time.sleep(60)\n    return {}\n\n"
        "graph = StateGraph(State).add_node(wait).add_edge(START, 'wait').compile()\n"
    )
    execution = begin(langgraph, {"project": str(tmp_path), "graph": "slow.py:graph"}, task="x")
    langgraph.wait_for_log(execution, "it waits")
    began = time.monotonic()
    langgraph.http.delete(f"/api/executions/{execution}")
    assert langgraph.wait(execution)["status"] == "CANCELLED"
    assert time.monotonic() - began < 15
    assert not unended(langgraph.events(execution))


def unended(events: Sequence[Any]) -> set[str]:
    """Steps that were begun and not ended."""
    begun = {one.step for one in events if one.kind == "step_started"}
    return begun - {one.step for one in events if one.kind == "step_ended"}


def test_an_attempt_after_a_crash_goes_on_from_the_threads_last_checkpoint(
    langgraph: ServerUnderTest, tmp_path: Path
) -> None:
    (tmp_path / "crash.py").write_text(
        "import os, signal\nfrom pathlib import Path\nfrom typing import TypedDict\n"
        "from langgraph.graph import START, StateGraph\n\n"
        "class State(TypedDict, total=False):\n    task: str\n    answer: str\n\n"
        "def first(state):\n    with open('seen', 'a') as file:\n        file.write('first ')\n"
        "    return {'answer': 'one'}\n\n"
        "def second(state):\n    if not Path('crashed').exists():\n        Path('crashed').touch()\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return {'answer': state['answer'] + Path('seen').read_text()}\n\n"
        "graph = StateGraph(State).add_node(first).add_node(second)\n"
        "graph = graph.add_edge(START, 'first').add_edge('first', 'second')\n"
    )
    retries = {"attempts": 2, "backoffSeconds": 0}
    configuration = {"project": str(tmp_path), "graph": "crash.py:graph", "retries": retries}
    execution = begin(langgraph, configuration, task="x", thread="T")
    ended = completed(langgraph, execution)
    assert (ended["output"]["answer"], len(ended["attempts"])) == ("onefirst ", 2)


_BACKEND = """
import base64, hashlib, pathlib, zipfile

def build_wheel(folder, *_, **__):
    about = "Metadata-Version: 2.1\\nName: deskwords\\nVersion: 1.0\\n"
    kind = "Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    info = "deskwords-1.0.dist-info"
    texts = {"deskwords.py": pathlib.Path("deskwords.py").read_text(), f"{info}/METADATA": about, f"{info}/WHEEL": kind}
    record = ""
    for name, text in texts.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(text)}\\n"
    texts[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\\n"
    with zipfile.ZipFile(pathlib.Path(folder, "deskwords-1.0-py3-none-any.whl"), "w") as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    return "deskwords-1.0-py3-none-any.whl"
"""
_GRAPH = """
import os
from typing import TypedDict
import deskwords, humanize
from langgraph.graph import END, START, StateGraph

class State(TypedDict, total=False):
    text: str

def say(state):
    print(os.environ["DESK_TOKEN"])
    is_theirs = os.environ["OPENAI_API_KEY"] == "sk-from-the-project"
    return {"text": f"{deskwords.WORD} {humanize.intcomma(1234)} {is_theirs}"}

graph = StateGraph(State).add_node("say", say).add_edge(START, "say").add_edge("say", END).compile()
"""


def test_a_project_gets_the_packages_that_it_needs_and_its_variables_stay_secret(
    langgraph: ServerUnderTest, tmp_path: Path
) -> None:
    mine = tmp_path / "libs" / "mine"
    mine.mkdir(parents=True)
    (mine / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "deskwords"\nversion = "1.0"\n'
    )
    (mine / "backend.py").write_text(_BACKEND)
    (mine / "deskwords.py").write_text("WORD = 'from the folder'\n")
    (tmp_path / "requirements.txt").write_text("humanize>=4\nlangchain-core>=1\n")
    (tmp_path / ".env").write_text("DESK_TOKEN=only-the-desk-knows\nOPENAI_API_KEY=sk-from-the-project\n")
    (tmp_path / "graph.py").write_text(_GRAPH)
    (tmp_path / "langgraph.json").write_text(
        '{"dependencies": [".", "./libs/mine"], "graphs": {"desk": "./graph.py:graph"}, "env": ".env"}'
    )
    [project] = langgraph.call("POST", "/projects/read", json={"path": str(tmp_path)})["projects"]
    configuration = project["agents"][0]["configuration"]
    assert configuration["packages"] == ["humanize>=4", f"deskwords @ {mine.resolve().as_uri()}"]
    agent = make_agent(langgraph, "langgraph", configuration)
    langgraph.call("POST", f"/agents/{agent}/deploy", 202)
    needs = langgraph.call("GET", f"/agents/{agent}")["needs"]
    wait_until_built(langgraph, needs)
    execution = langgraph.start_run(agent)
    assert completed(langgraph, execution)["output"]["state"]["text"] == "from the folder 1,234 False"
    assert "[secret removed]" in langgraph.messages(execution)
    assert not any("only-the-desk-knows" in message for message in langgraph.messages(execution))


_REHEARSES = """
import importlib.util, os, sys
folder = sys.argv[1]
spec = importlib.util.spec_from_file_location("adapter", folder + "/__init__.py", submodule_search_locations=[folder])
adapter = sys.modules["adapter"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(adapter)
adapter.rehearse()
print(len(os.listdir("/proc/self/task")))
"""


def test_the_rehearsal_ends_well_and_leaves_no_thread(installed: Callable[[str], ServerUnderTest]) -> None:
    """Else it would be left out in silence, and each run be slower by it."""
    registry = Registry()
    registry.load()
    framework = registry.frameworks["langgraph"]
    python = interpreter_for(framework, installed("langgraph").data_dir).command[0]
    command = [python, "-I", "-c", _REHEARSES, str(framework.worker)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "1\n"
