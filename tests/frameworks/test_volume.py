"""Much of everything, in each of the living frameworks: calls of tools, messages, a long message, runs at once."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from one_agent import LIVING, one_agent
from servers import ServerUnderTest
from talker import Json, Said, talker, tools_used

from orchestra.client import StreamEvent
from orchestra.registry import Registry

from .conftest import add_provider, make_agent

_REGISTRY = Registry()
_REGISTRY.load()
FRAMEWORKS = [one for one in LIVING if one in _REGISTRY.frameworks]
CALLS, TURNS, CHARACTERS = 30, 200, 2_000_000
each_framework = pytest.mark.parametrize("framework", FRAMEWORKS)
pytestmark = pytest.mark.timeout(600)


def completed(server: ServerUnderTest, framework: str, configuration: dict[str, Any]) -> tuple[Any, list[StreamEvent]]:
    """The output of a run, and its events."""
    execution = server.start_run(make_agent(server, framework, configuration))
    ended = server.wait(execution, seconds=180)
    assert ended["status"] == "COMPLETED", ended["reason"]
    return ended["output"], server.events(execution)


def count(asked: Json) -> Said:
    used = tools_used(asked)
    if "tools" not in asked or used == CALLS:
        return "counted"
    return {"name": "calculator", "arguments": {"expression": f"{used} + 1"}}


@each_framework
def test_thirty_calls_of_tools_are_shown_with_arguments_and_results(
    installed: Callable[[str], ServerUnderTest], framework: str
) -> None:
    server = installed(framework)
    with talker(count) as url:
        _, events = completed(server, framework, one_agent(framework, add_provider(server, url), ["calculator"]))
    begun = {one.step: one for one in events if one.kind == "step_started" and one.data["type"] == "tool"}
    ended = {one.step: one for one in events if one.kind == "step_ended" and one.step in begun}
    given = [_arguments(one)["expression"] for one in begun.values()]
    assert given == [f"{number} + 1" for number in range(CALLS)]
    assert [str(ended[step].data["result"]) for step in begun] == [str(number + 1) for number in range(CALLS)]


def _arguments(event: StreamEvent) -> dict[str, Any]:
    given = event.data["arguments"]
    return json.loads(given) if isinstance(given, str) else given


@each_framework
def test_a_message_of_two_megabytes_is_whole(installed: Callable[[str], ServerUnderTest], framework: str) -> None:
    server, text = installed(framework), "x" * CHARACTERS
    with talker(lambda asked: text) as url:
        output, events = completed(server, framework, one_agent(framework, add_provider(server, url)))
    assert output["answer"] == text
    assert text in [one.message for one in events if one.kind == "message"]


def _group(model: str) -> dict[str, Any]:
    agents = [{"type": "AssistantAgent", "name": name} for name in ("a", "b")]
    return {"model": model, "team": "RoundRobinGroupChat", "agents": agents, "max_messages": TURNS + 1, "task": "Talk."}


def _pair(model: str) -> dict[str, Any]:
    roles = {"assistant_role_name": "a", "user_role_name": "b"}
    society = {"kind": "RolePlaying", **roles, "with_task_specify": False, "max_turns": TURNS // 2}
    return {"model": model, "task": "Talk.", "society": society}


TALKS: dict[str, Callable[[str], dict[str, Any]]] = {"autogen": _group, "camelai": _pair}


@pytest.mark.parametrize("framework", [one for one in TALKS if one in FRAMEWORKS])
def test_two_hundred_messages_come_in_their_order(installed: Callable[[str], ServerUnderTest], framework: str) -> None:
    """LangGraph's are in test_langgraph: nodes of one's own say them."""
    server, numbers = installed(framework), iter(range(-1, 10 * TURNS))  # the first is said to who tries the provider
    with talker(lambda asked: f"turn {next(numbers)}") as url:
        _, events = completed(server, framework, TALKS[framework](add_provider(server, url)))
    said = [one.message for one in events if one.kind == "message" and one.data.get("role") != "user"]
    assert said == [f"turn {number}" for number in range(TURNS)]
    assert {one.data["name"] for one in events if one.kind == "message" and one.data.get("name")} == {"a", "b"}


def test_an_agent_of_each_framework_runs_at_the_same_time(
    installed: Callable[[str], ServerUnderTest], server: ServerUnderTest
) -> None:
    for framework in FRAMEWORKS:
        installed(framework)
    all_ask = threading.Barrier(len(FRAMEWORKS))
    is_tried = threading.Event()

    def say(asked: Json) -> Said:
        if is_tried.is_set():
            all_ask.wait(60)  # nobody is answered before everybody has asked
        return "together"

    with talker(say) as url:
        model = add_provider(server, url)
        is_tried.set()
        agents = [make_agent(server, one, one_agent(one, model)) for one in FRAMEWORKS]
        begun = [server.start_run(agent) for agent in agents]
        ended = [server.wait(execution, seconds=120) for execution in begun]
    assert [(one["status"], one["output"]["answer"]) for one in ended] == [("COMPLETED", "together")] * len(FRAMEWORKS)
