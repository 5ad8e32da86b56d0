"""What the server learns of AgentVerse, and what its worker half decides without it."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import orchestra_plugins.agentverse
from orchestra.domain.frameworks import Framework
from orchestra.errors import Invalid
from orchestra.services.configuration import check, with_defaults
from orchestra_plugins.agentverse import orchestra_frameworks

WORKER = Path(orchestra_plugins.agentverse.__file__).with_name("worker")
PAIR = {"model": "m", "agents": [{"name": "Ann"}, {"name": "Ben"}]}
TASK = {"model": "m", "mode": "tasksolving", "task_description": "Find a name."}


@pytest.fixture
def framework() -> Framework:
    return next(iter(orchestra_frameworks()))


@pytest.fixture
def part(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A module of the worker half without the package, which would import AgentVerse."""
    package = ModuleType("agentverse_worker")
    package.__path__ = [str(WORKER)]
    monkeypatch.setitem(sys.modules, "agentverse_worker", package)
    yield lambda name: importlib.import_module(f"agentverse_worker.{name}")
    for name in [name for name in sys.modules if name.startswith("agentverse_worker.")]:
        del sys.modules[name]


@pytest.mark.parametrize("sound", [PAIR, TASK])
def test_a_simulation_and_a_task_can_be_configured(framework: Framework, sound: dict[str, Any]) -> None:
    check(framework, sound)


@pytest.mark.parametrize(
    "wrong",
    [
        {"agents": []},
        {"model": ""},
        {"agents": [{"name": ""}]},
        {"agents": [{"name": "Ann", "output_parser": "pokemon"}]},
        {"order": "prisoner"},
        {"decision_maker": "horizontal-tool"},
        {"dimensions": []},
        {"dimensions": ["(.*)"]},
        {"cnt_agents": 1},
        {"executor": "code-test"},
    ],
)
def test_nonsense_is_refused(framework: Framework, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        check(framework, {**PAIR, **wrong})


def test_its_environment_brings_the_files_that_it_replaces(framework: Framework) -> None:
    assert len(framework.environment_files) == 6
    assert all(Path(content).is_file() for content in framework.environment_files.values())


def test_agents_who_were_given_no_prompt_get_one_that_fits_their_order(framework: Framework, part: Any) -> None:
    configuration = with_defaults(framework, {**PAIR, "order": "classroom"})
    made = part("settings").simulation(configuration, "It costs $5 here.")
    teacher, student = made["agents"]
    assert "Action: CallOn" in teacher["prompt_template"] and "Action: RaiseHand" in student["prompt_template"]
    assert "It costs $$5 here." in teacher["prompt_template"]
    assert {one["output_parser"]["type"] for one in made["agents"]} == {"nlp_classroom_9players"}
    assert made["environment"]["rule"]["selector"] == {"type": "classroom"}
    own = {**PAIR, "agents": [{"name": "Ann", "prompt_template": "Say ${chat_history}", "model": "other"}]}
    (agent,) = part("settings").simulation(with_defaults(framework, own), "")["agents"]
    assert (agent["prompt_template"], agent["llm"]["model"]) == ("Say ${chat_history}", "other")


def test_an_evaluator_is_asked_for_exactly_what_its_parser_reads(framework: Framework, part: Any) -> None:
    configuration = with_defaults(framework, {**TASK, "dimensions": ["Clarity", "Cost"], "cnt_agents": 4})
    made = part("settings").task(configuration, "Find a name.")
    evaluator = next(one for one in made["agents"] if one["agent_type"] == "evaluator")
    asked = ["1. Clarity: (0 to 9)", "2. Cost: (0 to 9)", "3. Advice: (in one line)"]
    assert evaluator["append_prompt_template"].splitlines()[-3:] == asked
    assert evaluator["output_parser"] == {"type": "evaluator", "dimensions": ["Clarity", "Cost"]}
    assert (made["cnt_agents"], made["cnt_critic_agents"]) == (4, 3)


def test_what_experts_say_is_told_in_words(part: Any) -> None:
    said = part("said")
    assert said.opinion_of(SimpleNamespace(is_agree=True, content="")) == ("Agrees.", {"agrees": True})
    marked = SimpleNamespace(score=[9, 4], advice="Too common.")
    assert said.advice_of(marked) == ("Marks: 9, 4. Too common.", {"score": [9, 4]})
    assert said.advice_of(SimpleNamespace(score=False, advice="")) == ("Marks: 0.", {"score": [0]})
    assert said.roles_of(SimpleNamespace(content=["a cook", "a judge"])) == ("1. a cook\n2. a judge", {})


def test_pictures_have_an_edge_for_who_may_speak_after_whom(part: Any) -> None:
    drawn: list[dict[str, Any]] = []
    context = SimpleNamespace(emit=lambda kind, name, **data: drawn.append(data))
    picture = part("picture")
    for order in ("sequential", "concurrent"):
        picture.picture_of_simulation(["a", "b", "c"], order, context)
    picture.picture_of_simulation(["alone"], "sequential", context)
    picture.picture_of_stages(["find", "judge"], context)
    assert [len(one["edges"]) for one in drawn] == [3, 6, 0, 2]
    assert drawn[-1]["edges"][-1] == {"source": "judge", "target": "find", "label": "not accepted", "conditional": True}
