"""Component JSON as there is: a team of AutoGen Studio's, a gallery, a graph; with the names of their models."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from servers import ServerUnderTest
from talker import Json, Said, talker, tools_used

from .conftest import add_provider, make_agent

pytestmark = pytest.mark.timeout(600)
PROJECTS = Path(__file__).parents[1] / "projects" / "autogen"


@pytest.fixture
def autogen(installed: Callable[[str], ServerUnderTest]) -> ServerUnderTest:
    return installed("autogen")


@contextmanager
def models(server: ServerUnderTest, say: Callable[[Json], Said], *names: str) -> Iterator[None]:
    """The gateway has these models, under the names that a project gives them."""
    with talker(say) as url:
        provider = add_provider(server, url).partition("/")[0]
        for name in names:
            routes = [{"provider": provider, "model": "m"}]
            server.http.put(f"/api/model-aliases/{name}", json={"routes": routes}).raise_for_status()
        yield
        for name in names:
            server.http.delete(f"/api/model-aliases/{name}").raise_for_status()


def found_in(server: ServerUnderTest, project: str) -> dict[str, dict[str, Any]]:
    """The agents that a project can be made into, by name, and its notes under ''."""
    (read,) = server.call("POST", "/projects/read", json={"path": str(PROJECTS / project)})["projects"]
    return {"": read["notes"], **{one["name"]: one for one in read["agents"]}}


def run(server: ServerUnderTest, found: dict[str, Any], task: str, approve: bool = False) -> tuple[str, str]:
    """The execution and its answer."""
    execution = server.start_run(make_agent(server, "autogen", found["configuration"]), input={"task": task})
    if approve:
        server.wait_for_question(execution)
        answer = {"questionId": "q1", "answer": "Allow it for this run"}
        server.call("POST", f"/executions/{execution}/answers", json=answer)
    ended = server.wait(execution, seconds=90)
    assert ended["status"] == "COMPLETED", ended["reason"]
    return execution, ended["output"]["answer"]


def last(asked: Json) -> str:
    return str(asked["messages"][-1]["content"])


def _shop(asked: Json) -> Said:
    if "You add up" in str(asked["messages"][0]):
        return "Two of them are 25.00. PAID"
    if "tools" in asked and not tools_used(asked):
        return {"name": "price_of", "arguments": {"article": "lamp"}}
    return f"The list says {last(asked)}"


def test_a_team_of_autogen_studios_runs_with_its_tool_once_a_person_has_seen_the_source(
    autogen: ServerUnderTest,
) -> None:
    found = found_in(autogen, "studio")
    assert found["Shop"]["kind"] == "RoundRobinGroupChat of clerk, cashier"
    assert any("'price_of' carries source code" in note for note in found[""])
    with models(autogen, _shop, "gpt-4o-mini"):
        execution, answer = run(autogen, found["Shop"], "What are two lamps?", approve=True)
    assert answer == "Two of them are 25.00. PAID"
    said = [one.message for one in autogen.events(execution) if one.kind == "message"]
    assert "The list says lamp: 12.50" in said


def _house(asked: Json) -> Said:
    system = str(asked["messages"][0])
    if "You plan" in system and "tools" in asked:
        return {"name": "transfer_to_writer", "arguments": {}}
    return "Le pain." if "French" in system else "It is written. TERMINATE"


def test_a_gallerys_teams_and_agents_are_found_and_its_other_parts_are_not(autogen: ServerUnderTest) -> None:
    found = found_in(autogen, "gallery")
    assert set(found) == {"", "Translator", "Plan and write", "Two to choose from"}
    with models(autogen, _house, "o-research", "gpt-4.1-nano"):
        assert run(autogen, found["Translator"], "Bread.")[1] == "Le pain."
        execution, answer = run(autogen, found["Plan and write"], "A text on bread.")
    assert answer == "It is written. TERMINATE"
    handed = [one.data["to"] for one in autogen.events(execution) if one.kind == "message" and one.data.get("to")]
    assert handed == ["writer"]


def _press(asked: Json) -> Said:
    system, text = str(asked["messages"][0]), str(asked["messages"])
    if "You draft" in system:
        return "second draft" if "BAD" in text else "first draft"
    if "Say GOOD or BAD" in system:
        return "GOOD" if "second draft" in text else "BAD"
    return "Published: second draft"


def test_a_graph_is_found_beside_other_files_and_goes_back_where_its_condition_says(autogen: ServerUnderTest) -> None:
    found = found_in(autogen, "flow")
    (name,) = set(found) - {""}
    assert found[name]["kind"] == "GraphFlow of draft, check, publish"
    with models(autogen, _press, "gpt-4o-mini"):
        execution, answer = run(autogen, found[name], "Write.")
    assert answer == "Published: second draft"
    events = autogen.events(execution)
    turns = [one.data["node"] for one in events if one.kind == "step_started" and one.data["type"] == "task"]
    assert turns == ["draft", "check", "draft", "check", "publish"]
    drawn = next(one for one in events if one.kind == "graph")
    assert {"source": "check", "target": "publish", "label": "GOOD", "conditional": True} in drawn.data["edges"]
