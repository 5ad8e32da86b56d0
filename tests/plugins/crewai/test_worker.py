"""What of the worker half needs no CrewAI: when a crew is ended, and what it is given."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import orchestra_plugins.crewai

_WORKER = Path(orchestra_plugins.crewai.__file__).with_name("worker")


def module(name: str) -> ModuleType:
    """A module of the worker half alone; the package itself needs CrewAI."""
    spec = importlib.util.spec_from_file_location(f"crewai_worker_{name}", _WORKER / f"{name}.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    return made


stopping: Any = module("stopping")
inputs: Any = module("inputs")


class Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"Error code: {status}")
        self.status_code = status
        self.body = {"message": message}


def failed(error: str = "it failed") -> SimpleNamespace:
    return SimpleNamespace(type="llm_call_failed", error=error)


def seen(one: Any, event: SimpleNamespace, during: Exception | None = None) -> str | None:
    """Why the crew is ended upon an event, which comes while an error is handled."""
    try:
        if during is None:
            one.look(event)
        else:
            try:
                raise during
            except Exception:
                one.look(event)
    except stopping.Ended as ended:
        return ended.reason or "stopped"
    return None


@pytest.mark.parametrize("status", [401, 402, 403, 404])
def test_a_refusal_that_stays_ends_a_crew_at_once_in_the_gateways_words(status: int) -> None:
    why = seen(stopping.Stopping(), failed(), Refused(status, "The budget is used up."))
    assert why == f"The model was refused ({status}): The budget is used up."


@pytest.mark.parametrize("status", [400, 429, 500, 0])
def test_one_that_may_pass_ends_it_if_the_next_call_fails_too(status: int) -> None:
    one = stopping.Stopping()
    assert seen(one, failed(f"Error code: {status:03}")) is None
    assert seen(one, SimpleNamespace(type="llm_call_completed")) is None
    assert seen(one, failed(f"Error code: {status:03}")) is None
    assert seen(one, failed(f"Error code: {status:03}")) == f"Error code: {status:03}"


def test_a_reply_that_cannot_be_read_is_no_refusal() -> None:
    one = stopping.Stopping()
    error = ValueError("no JSON")
    error.__cause__ = KeyError("x")
    error.__cause__.__cause__ = error  # CrewAI makes such rings
    assert [seen(one, failed("no JSON"), error) for _ in range(5)] == [None] * 5


def test_a_crew_that_is_asked_to_stop_ends_with_any_event() -> None:
    one = stopping.Stopping()
    one.stop()
    assert seen(one, SimpleNamespace(type="task_started")) == "stopped"


def test_a_runs_inputs_go_before_the_agents_and_those_before_the_projects() -> None:
    request = SimpleNamespace(configuration={"inputs": {"a": "", "b": 2, "c": 2, "d": 0}}, input={"c": 3})
    assert inputs.inputs_of(request, {"a": 1, "b": 1, "c": 1}) == {"a": 1, "b": 2, "c": 3, "d": 0}


def test_placeholders_that_nothing_fills_are_named_and_examples_in_braces_are_none() -> None:
    crew = SimpleNamespace(before_kickoff_callbacks=[], fetch_inputs=lambda: {"topic", "city", '"a": 1', "x y"})
    assert inputs.missing_from(crew, {"city": "Bremen"}) == ["topic"]
    crew.before_kickoff_callbacks = [print]
    assert inputs.missing_from(crew, {}) == []


def test_a_runs_task_goes_where_it_is_wanted_or_else_takes_the_only_tasks_place() -> None:
    only = SimpleNamespace(description="Answer it.")
    crew = SimpleNamespace(tasks=[only], fetch_inputs=set)
    assert inputs.has_place_for_task(crew, {"topic": "x"}) and only.description == "Answer it."
    assert inputs.has_place_for_task(crew, {"task": "Count {these}."}) and only.description == "{task}"
    two = SimpleNamespace(tasks=[only, only], fetch_inputs=set)
    assert not inputs.has_place_for_task(two, {"task": "x"})
    two.fetch_inputs = lambda: {"task"}
    assert inputs.has_place_for_task(two, {"task": "x"})
