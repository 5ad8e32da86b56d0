"""OpenAgents for real: tables of every kind of file, charts, and networks with tools, silence, caps and refusals."""

import contextlib
import json
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from servers import ServerUnderTest

from orchestra.domain.frameworks import Framework
from orchestra.environments.catalog import interpreter_for
from orchestra.registry import Registry
from orchestra.services.configuration import check, with_defaults
from orchestra.testing.gateway import TrialGateway
from orchestra.testing.trial import Stage, Trial

pytestmark = pytest.mark.timeout(600)
MODEL = "scripted-network"
PROJECT = Path(__file__).parents[1] / "projects" / "openagents" / "newsroom"
SCRIPT = """
chunk_delay_ms: 0
rules:
  - when: {tool: calculator}
    tool_calls: [{name: send_channel_message, arguments: {channel: general, text: "It is ${prompt}."}}]
  - when: {tool: look_up}
    tool_calls: [{name: send_direct_message, arguments: {target_agent_id: human, text: "${prompt}"}}]
  - when: {contains: "<incoming_message sender=\\"human\\"", anywhere: {contains: You count}}
    tool_calls: [{name: calculator, arguments: {expression: "6 * 7"}}]
  - when: {contains: "<incoming_message sender=\\"human\\"", anywhere: {contains: You look}}
    tool_calls: [{name: look_up, arguments: {topic: hens}}]
  - when: {contains: "<incoming_message", anywhere: {contains: You talk for ever}}
    tool_calls: [{name: send_channel_message, arguments: {channel: general, text: "And then?"}}]
  - when: {matches: 'sender="human" event_id="[^"]+">\\s*<content>[^<]*Tuesday', anywhere: {contains: You ask}}
    tool_calls: [{name: send_channel_message, arguments: {channel: general, text: "Then Tuesday it is."}}]
  - when: {contains: "<incoming_message sender=\\"human\\"", anywhere: {contains: You ask}}
    tool_calls: [{name: send_direct_message, arguments: {target_agent_id: human, text: "Which day?"}}]
  - tool_calls: [{name: finish, arguments: {reason: Done.}}]
"""


@pytest.fixture(scope="module")
def framework() -> Framework:
    registry = Registry()
    registry.load()
    return registry.frameworks["openagents"]


@pytest.fixture
def python(framework: Framework, installed: Callable[[str], ServerUnderTest]) -> list[str]:
    return list(interpreter_for(framework, installed("openagents").data_dir).command)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[TrialGateway]:
    (tmp_path / "script.yaml").write_text(SCRIPT)
    with TrialGateway({MODEL: tmp_path / "script.yaml"}) as running:
        yield running


@pytest.fixture
def talk(framework: Framework, python: list[str], gateway: TrialGateway, tmp_path: Path) -> Callable[..., Trial]:
    """Run a network of agents, each with its instruction."""

    def run(agents: list[dict[str, Any]], stop_when: Callable[[], bool] = lambda: False, **network: Any) -> Trial:
        configuration = {
            "engine": "network",
            "model": MODEL,
            "task": "Go on.",
            "network": {"agents": agents, "quiet_seconds": 0.5, **network},
        }
        check(framework, configuration)
        stage = Stage(python, framework.worker, gateway, tmp_path, 60)
        return stage.run(with_defaults(framework, configuration), {}, stop_when=stop_when)

    return run


def agent(name: str, instruction: str, **more: Any) -> dict[str, Any]:
    return {"agent_id": name, "instruction": instruction, **more}


def said(trial: Trial) -> list[tuple[str, str]]:
    messages = [one for one in trial.events if one["kind"] == "message" and one["data"]["role"] == "assistant"]
    return [(one["data"]["name"], one["message"]) for one in messages]


def program(framework: Framework, name: str) -> str:
    return str(framework.worker / "data_agent" / "programs" / name)


def write_every_kind(folder: Path, python: list[str]) -> None:
    (folder / "semi.csv").write_text("\ufeffname;größe\nAda;1,5\n", "utf-8")
    (folder / "tabs.tsv").write_text("a\tA\n1\t2\n")
    (folder / "latin.csv").write_bytes(b"name,n\nJos\xe9,1\n")
    (folder / "list.json").write_text('[{"a": 1, "b": {"c": 2}}]')
    (folder / "one.json").write_text('{"a": {"b": 1}, "c": [1, 2]}')
    (folder / "lines.jsonl").write_text('{"a": 1}\n{"a": 2}\n')
    (folder / "broken.json").write_text("{")
    (folder / "broken.xlsx").write_text("no workbook")
    (folder / "notes.md").write_text("# Notes")
    database = sqlite3.connect(folder / "shop.db")
    database.executescript("CREATE TABLE orders (id, sum); INSERT INTO orders VALUES (1, 9.5); CREATE TABLE none (x);")
    database.close()
    sheets = (
        "import pandas\nwith pandas.ExcelWriter('book.xlsx') as book:\n"
        "    pandas.DataFrame({'a': [1]}).to_excel(book, sheet_name='First', index=False)\n"
        "    pandas.DataFrame({'b': ['x']}).to_excel(book, sheet_name='Second Page', index=False)\n"
    )
    subprocess.run([*python, "-c", sheets], cwd=folder, check=True)


def test_every_kind_of_file_becomes_tables(framework: Framework, python: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    write_every_kind(folder, python)
    names = sorted(one.name for one in folder.iterdir())
    command = [*python, program(framework, "load_tables.py"), str(tmp_path / "tables.db")]
    done = subprocess.run([*command, *names], cwd=folder, capture_output=True, text=True)
    told = {one["file"]: one for one in map(json.loads, done.stdout.splitlines())}
    tables = {
        file: {table["name"]: [name for name, _ in table["columns"]] for table in one["tables"]}
        for file, one in told.items()
        if "tables" in one
    }
    assert tables == {
        "book.xlsx": {"book_first": ["a"], "book_second_page": ["b"]},
        "latin.csv": {"latin": ["name", "n"]},
        "lines.jsonl": {"lines": ["a"]},
        "list.json": {"list": ["a", "b"]},
        "one.json": {"one": ["c", "a.b"]},
        "semi.csv": {"semi": ["name", "größe"]},
        "shop.db": {"orders": ["id", "sum"], "none": ["x"]},
        "tabs.tsv": {"tabs": ["a", "A_2"]},
    }
    assert told["notes.md"]["text"] == "# Notes"
    assert all(told[file]["problem"] for file in ("broken.json", "broken.xlsx"))
    (folder / "lines.jsonl").write_text('{"a": 3}\n')
    again = subprocess.run([*command, "lines.jsonl"], cwd=folder, capture_output=True, text=True, check=True)
    assert json.loads(again.stdout)["tables"][0]["rows"] == 1


def test_figures_that_nobody_saved_are_left_as_files(framework: Framework, python: list[str], tmp_path: Path) -> None:
    code = (
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.savefig('mine.png')\nplt.figure()\n"
        "plt.plot([2, 1])\nplt.figure()\nplt.plot([1])\nplt.show()"
    )
    (tmp_path / "code").write_text(code)
    environment = {"MPLBACKEND": "Agg", "MPLCONFIGDIR": str(tmp_path / "cache"), "HOME": str(tmp_path)}
    done = subprocess.run(
        [*python, program(framework, "run_code.py"), "code"],
        cwd=tmp_path, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert sorted(one.name for one in tmp_path.glob("*.png")) == ["chart_1.png", "chart_2.png", "mine.png"]


def test_tools_are_steps_and_silence_ends_a_network(talk: Callable[..., Trial]) -> None:
    counter, reader = (
        agent("counter", "You count.", tools=["calculator"]),
        agent("reader", "You look.", functions=["tools/archive.py:look_up"]),
    )
    trial = talk([counter, reader], project=str(PROJECT))
    assert trial.ending["status"] == "COMPLETED", trial.ending
    assert trial.ending["output"]["stopReason"] == "Nobody wrote or worked for 0.5 seconds."
    assert sorted(said(trial)) == [
        ("counter", "It is 42."),
        ("reader", "Nothing was written on hens yet."),
    ]
    turns = {one["step"]: one["message"] for one in trial.events if one["kind"] == "step_started"}
    tools = {
        one["message"]: (turns[one["data"]["parent"]], one["data"]["arguments"])
        for one in trial.events
        if one["kind"] == "step_started" and one["data"]["type"] == "tool"
    }
    assert tools["calculator"] == ("counter", {"expression": "6 * 7"})
    assert tools["look_up"] == ("reader", {"topic": "hens"})


def test_a_network_ends_at_its_most_messages_and_listens_nowhere(talk: Callable[..., Trial], tmp_path: Path) -> None:
    looks: list[set[int]] = []

    def look() -> bool:
        with contextlib.suppress(psutil.Error):  # it may end meanwhile
            (worker,) = (one for one in psutil.Process().children() if str(tmp_path) in " ".join(one.cmdline()))
            found = worker.net_connections("inet")
            looks.append({one.laddr.port for one in found if one.status == psutil.CONN_LISTEN})
        return False

    trial = talk([agent("a", "You talk for ever."), agent("b", "You talk for ever.")], look, max_messages=7)
    assert trial.ending["status"] == "COMPLETED", trial.ending
    assert (len(said(trial)), trial.ending["output"]["messages"]) == (7, 7)
    assert looks and not set().union(*looks)


def test_a_person_takes_part(talk: Callable[..., Trial], tmp_path: Path) -> None:
    def answer() -> bool:
        for answers in tmp_path.glob("*/1/answers"):
            (answers / "q1.json").write_text('{"answer": "Tuesday"}')
        return False

    trial = talk([agent("host", "You ask.")], answer, human_replies=True)
    assert trial.ending["status"] == "COMPLETED", trial.ending
    asked = next(one["message"] for one in trial.events if one["kind"] == "question")
    assert asked == "host writes to you:\nWhich day?"
    assert said(trial) == [("host", "Which day?"), ("host", "Then Tuesday it is.")]


@pytest.mark.parametrize("status", [402, 500])
def test_a_refusal_ends_a_network_whose_library_would_fall_silent(
    talk: Callable[..., Trial], gateway: TrialGateway, status: int
) -> None:
    gateway.refuse(status)
    trial = talk([agent("a", "You talk.")])
    assert (trial.ending["status"], trial.was_killed) == ("FAILED", False)
    assert str(status) in trial.ending["reason"]


@pytest.mark.parametrize(
    ("agents", "reason"),
    [
        ([agent("a", "x"), agent("a", "y")], "must differ"),
        ([agent("a", "x", functions=["nothing.py:f"])], "cannot be made as configured"),
    ],
)
def test_what_cannot_work_fails_with_its_reason(
    talk: Callable[..., Trial], agents: list[dict[str, Any]], reason: str
) -> None:
    ending = talk(agents).ending
    assert (ending["status"], ending["failure"]) == ("FAILED", "configuration")
    assert reason in ending["reason"]


def test_a_network_of_ones_own_is_imported_and_runs(
    installed: Callable[[str], ServerUnderTest], talk: Callable[..., Trial]
) -> None:
    server = installed("openagents")
    (project,) = server.call("POST", "/projects/read", json={"path": str(PROJECT)})["projects"]
    network = project["agents"][0]["configuration"]["network"]
    trial = talk([{**one, "model": MODEL} for one in network["agents"]], channels=network["channels"],
                 project=network["project"])  # fmt: skip
    assert trial.ending["status"] == "COMPLETED", trial.ending
