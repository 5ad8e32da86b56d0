"""What is seen of a LangGraph project, by reading alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from orchestra.domain.projects import Project
from orchestra_plugins.langgraph.projects import read_project
from orchestra_plugins.langgraph.variables import secrets_of

_SOURCE = '''"""A desk for mails.

More of it.
"""
import asyncio
from contextlib import asynccontextmanager
from langgraph.func import entrypoint
from elsewhere import borrowed
raise SystemExit("nobody may run this")
compiled = StateGraph(State).add_node(a).compile()
builder = StateGraph(State)
typed: object = builder.compile(checkpointer=True).with_config({"recursion_limit": 5})
agent = create_agent("openai:gpt", tools=[])
again = agent
if True:
    try:
        hidden = builder.compile()
    except ImportError:
        hidden = None

def make():
    return builder

async def make_of(config):
    return builder

@asynccontextmanager
async def opened(config=None):
    yield builder.compile()

@entrypoint()
def flow(inputs):
    return inputs

class Graph:
    pass
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    (made / "src" / "deep").mkdir(parents=True)
    (made / "desk.py").write_text(_SOURCE)
    (made / "src" / "deep" / "graph.py").write_text("graph = builder.compile()\n")
    return made


def read(folder: Path, **described: Any) -> Project:
    (folder / "langgraph.json").write_text(json.dumps(described))
    project = read_project(folder)
    assert project is not None
    return project


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("compiled", "a compiled graph"),
        ("builder", "a StateGraph, compiled when it runs"),
        ("typed", "a compiled graph"),
        ("agent", "an agent by create_agent"),
        ("again", "another name for a graph"),
        ("hidden", "what an expression gives"),
        ("make", "a function that makes a graph"),
        ("make_of", "a function that makes a graph of the run's config"),
        ("opened", "a context manager that opens a graph"),
        ("flow", "a workflow by @entrypoint"),
        ("borrowed", "a graph from another module"),
    ],
)
def test_each_shape_of_a_graph_is_told(folder: Path, name: str, kind: str) -> None:
    (found,) = read(folder, graphs={"desk": f"./desk.py:{name}"}).agents
    assert (found.kind, found.problem, found.description) == (kind, None, "A desk for mails.")
    assert found.configuration == {"project": str(folder), "graph": "desk"}


def test_graphs_may_be_described_and_lie_in_modules(folder: Path) -> None:
    graphs = {
        "a": {"path": "desk.py:compiled", "description": "Mine."},
        "b": "deep.graph:graph",
        "c": "installed:graph",
    }
    found = read(folder, graphs=graphs).agents
    assert [one.kind for one in found] == ["a compiled graph", "a compiled graph", "a graph from an installed module"]
    assert found[0].description == "Mine."


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("./gone.py:graph", "There is no file './gone.py'."),
        ("./desk.py:gone", "There is no 'gone' in 'desk.py'."),
        ("./desk.py:Graph", "'Graph' is a class; name a graph, or a function that makes one."),
        ("../outside.py:graph", "'../outside.py' lies outside of the project."),
        ("./broken.py:graph", "'broken.py' is no Python that can be read: line 1."),
        ("./nul.py:graph", "'nul.py' is no Python that can be read: line None."),
        ("desk", "Its place must read file.py:name or module:name."),
        (None, "Its place must read file.py:name or module:name."),
        (["x"], "Its place must read file.py:name or module:name."),
    ],
)
def test_what_would_not_run_is_told_beforehand(folder: Path, reference: Any, problem: str) -> None:
    (folder.parent / "outside.py").write_text("graph = 1\n")
    (folder / "broken.py").write_text("graph = (\n")
    (folder / "nul.py").write_bytes(b"\0")
    (found,) = read(folder, graphs={"desk": reference}).agents
    assert found.problem is not None
    assert found.problem.partition(": line")[0] == problem.partition(": line")[0]


def test_what_a_project_needs_is_told_and_no_value_of_its_variables(folder: Path) -> None:
    (folder / ".env").write_text("export TAVILY_API_KEY=tvly-secret\n# no\nOPENAI_API_KEY='sk-secret'\nrubbish\n")
    (folder / "pyproject.toml").write_text(
        '[project]\ndependencies = ["langgraph>=1", "tavily-python", "Pandas[a]<3"]\n'
    )
    (folder / "requirements.txt").write_text("--index-url http://x\nlangchain_openai  # ours\nnumpy\n")
    project = read(folder, graphs={"a": "desk.py:agent"}, dependencies=[".", "requests", "../up"], env=".env")
    assert project.variables == ("TAVILY_API_KEY", "OPENAI_API_KEY")
    assert "secret" not in repr(project)
    assert project.dependencies == (
        "langgraph>=1", "tavily-python", "Pandas[a]<3", "langchain_openai", "numpy", "requests",
    )  # fmt: skip
    assert "lacks tavily-python, Pandas[a]<3, numpy: the agent gets one of its own" in project.notes[0]
    packages = ["tavily-python", "Pandas[a]<3", "numpy"]
    assert project.agents[0].configuration["packages"] == packages


def test_what_contradicts_the_frameworks_own_versions_is_told_by_both_names(folder: Path) -> None:
    project = read(folder, graphs={"a": "desk.py:agent"}, dependencies=["langgraph<1", "-e .", "git+https://x/y"])
    assert [note.partition(":")[0] for note in project.notes[1:]] == [
        "It asks for langgraph<1, and LangGraph is tested with langgraph 1.2.22",
        "'-e .' is no package that can be installed here, so it is left out.",
        "'git+https",
    ]


def test_a_package_in_a_folder_of_the_project_is_installed_as_one(folder: Path) -> None:
    (folder / "libs/mine").mkdir(parents=True)
    (folder / "libs/mine/pyproject.toml").write_text('[project]\nname = "mine"\ndependencies = ["numpy"]\n')
    project = read(folder, graphs={"a": "desk.py:agent"}, dependencies=[".", "./libs/mine"])
    assert project.agents[0].configuration["packages"] == [f"mine @ {(folder / 'libs/mine').resolve().as_uri()}"]


def test_the_values_of_a_projects_variables_are_secrets(folder: Path) -> None:
    text = "A=plain-secret # why\nexport B='single # secret'\nC=\"over\ntwo lines\"\nD=\n"
    (folder / ".env").write_text(text)
    read(folder, graphs={"a": "desk.py:agent"}, env=".env")
    wanted = {"project": str(folder), "graph": "a"}
    assert secrets_of(wanted) == ["plain-secret", "single # secret", "over\ntwo lines"]
    read(folder, graphs={"a": "desk.py:agent"}, env={"KEY": "in-the-file"})
    assert secrets_of(wanted) == ["in-the-file"]
    read(folder, graphs={"a": "desk.py:agent"}, env="../outside")
    assert secrets_of(wanted) == secrets_of({}) == secrets_of({"project": "/nowhere"}) == []


@pytest.mark.parametrize("text", ["", "[]", "{", '{"graphs": {}}', '{"graphs": []}', "[" * 100_000, "null"])
def test_a_description_that_cannot_be_read_is_refused_with_a_sentence(folder: Path, text: str) -> None:
    (folder / "langgraph.json").write_text(text)
    with pytest.raises(ValueError, match=r"langgraph\.json"):
        read_project(folder)


def test_without_a_description_it_is_no_project(folder: Path) -> None:
    assert read_project(folder) is None
    assert read_project(folder / "desk.py") is None
