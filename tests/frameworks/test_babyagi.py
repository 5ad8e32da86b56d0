"""BabyAGI for real: the task loop's list, and functionz with functions, secrets and calls that it must not make."""

import json
from collections.abc import Callable
from pathlib import Path
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

FUNCTIONS = """
import babyagi
from pathlib import Path

FEE = 5

@babyagi.register_function(metadata={"description": "Adds the fee."})
def with_fee(price: int) -> int:
    from shop.fees import fee
    return price + fee()

@babyagi.register_function(metadata={"description": "Signs a text."}, key_dependencies=["stamp"])
def sign(text: str) -> str:
    return f"{text}, signed by {len(globals()['stamp'])} letters"

@babyagi.register_function(metadata={"description": "Draws."}, imports=["no_such_package"])
def draw() -> str:
    return no_such_package.draw()
"""


@pytest.fixture
def babyagi(installed: Callable[[str], ServerUnderTest]) -> ServerUnderTest:
    return installed("babyagi")


def sample(name: str, **changed: Any) -> dict[str, Any]:
    registry = Registry()
    registry.load()
    found = next(one for one in registry.frameworks["babyagi"].samples if one.id == name)
    return {**found.configuration, **changed}


def played(server: ServerUnderTest, folder: Path, rules: list[dict[str, Any]], **configuration: Any) -> Trial:
    """A run against a scripted model of the test's own."""
    script = folder / "script.yaml"
    script.write_text(json.dumps({"chunk_delay_ms": 0, "rules": rules}))
    registry = Registry()
    registry.load()
    framework = registry.frameworks["babyagi"]
    whole = with_defaults(framework, {"objective": "Go", "model": "scripted-test", **configuration})
    with TrialGateway({"scripted-test": script}) as gateway:
        command = interpreter_for(framework, server.data_dir).command
        return Stage(command, framework.worker, gateway, folder, 60).run(whole, {})


def call(order: int, function: str, /, **arguments: Any) -> dict[str, Any]:
    return {"when": {"order": order}, "tool_calls": [{"name": function, "arguments": arguments}]}


def test_tasks_are_created_done_and_ranked_until_none_is_left(babyagi: ServerUnderTest) -> None:
    execution = babyagi.start_run(make_agent(babyagi, "babyagi", sample("party")))
    ended = babyagi.wait(execution, seconds=90)
    assert (ended["status"], ended["output"]["stopReason"]) == ("COMPLETED", "no_tasks"), ended["reason"]
    assert [one["id"] for one in ended["output"]["results"]] == [1, 4, 2, 3]
    events = babyagi.events(execution)
    changes = [(one.data["change"], one.data.get("task", {}).get("id")) for one in events if "change" in one.data]
    assert changes[:6] == [
        ("created", None), ("done", 1), ("created", 2), ("created", 3), ("created", 4), ("ranked", None),
    ]  # fmt: skip
    ranked = next(one for one in events if one.data.get("change") == "ranked")
    assert [one["name"] for one in ranked.data["tasks"]] == [
        "Write the invitations",
        "Bake a cake",
        "Choose three games",
    ]
    picture = next(one for one in events if one.kind == "graph")
    nodes = {one.data["node"] for one in events if one.kind == "step_started" and "node" in one.data}
    assert nodes == {one["id"] for one in picture.data["nodes"]}


def test_the_loop_ends_at_its_limit_and_tells_what_is_open(babyagi: ServerUnderTest, tmp_path: Path) -> None:
    rules: list[dict[str, Any]] = [
        {"when": {"contains": "You make tasks"}, "reply": "1. Once more\n2. And again"},
        {"when": {"contains": "You rank tasks"}, "reply": "I cannot rank these."},
        {"reply": "Done."},
    ]
    trial = played(babyagi, tmp_path, rules, max_iterations=2)
    output = trial.ending["output"]
    assert (output["stopReason"], output["answer"], len(output["results"])) == ("max_iterations", "Done.", 2)
    assert output["openTasks"] == ["And again", "Once more", "And again"]


def test_functions_of_a_project_are_called_with_what_they_need(babyagi: ServerUnderTest, tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "shop").mkdir(parents=True)
    (project / "shop" / "fees.py").write_text("def fee():\n    return 5\n")
    (project / "functions.py").write_text(FUNCTIONS)
    rules: list[dict[str, Any]] = [
        call(1, "with_fee", price=37),
        call(2, "sign", text="42"),
        call(3, "draw"),
        {"reply": "Answer: 42, signed"},
    ]
    keys = [{"name": "stamp", "value": "top-secret-stamp"}]
    files = {"project": str(project), "function_files": ["functions.py"]}
    trial = played(babyagi, tmp_path, rules, engine="functionz", keys=keys, **files)
    assert trial.ending["output"]["answer"] == "42, signed", trial.ending
    ends = [
        one for one in trial.events if one["kind"] == "step_ended" and one["message"] in ("with_fee", "sign", "draw")
    ]
    assert [one["data"].get("result") for one in ends] == ["42", "42, signed by 16 letters", None]
    assert "The module 'no_such_package' is not in this environment." in ends[2]["data"]["error"]
    assert "top-secret-stamp" not in trial.text
    assert sorted(one.name for one in project.rglob("*")) == ["fees.py", "functions.py", "shop"]


def test_secrets_new_code_and_inner_functions_cannot_be_called(babyagi: ServerUnderTest, tmp_path: Path) -> None:
    rules: list[dict[str, Any]] = [
        call(1, "get_all_secret_keys"),
        call(2, "add_new_function", name="evil", code="def evil(): pass"),
        call(3, "execute_function_wrapper", function_name="get_all_secret_keys"),
        call(4, "calculator", expression="6 * 7"),
        {"when": {"tool": "calculator"}, "reply": "Answer: ${prompt}"},
    ]
    keys = [{"name": "stamp", "value": "top-secret-stamp"}]
    trial = played(babyagi, tmp_path, rules, engine="functionz", tools=["calculator"], keys=keys)
    assert trial.ending["output"]["functions"] == ["calculator"], trial.ending
    assert trial.ending["output"]["answer"].endswith("output: 42")
    assert "top-secret-stamp" not in trial.text


@pytest.mark.parametrize(
    ("changed", "failure", "reason"),
    [
        ({"model": "no-such"}, "model_refused", "no-such"),
        (
            {"engine": "task_loop", "embedding_model": "no-such", "model": "scripted-babyagi-party"},
            "model_refused",
            "no-such",
        ),
        ({"function_files": ["gone.py"], "project": "/nowhere"}, "configuration", "'/nowhere' is not there"),
    ],
)
def test_what_cannot_work_fails_with_its_reason(
    run_agent: Callable[..., dict[str, Any]], changed: dict[str, Any], failure: str, reason: str
) -> None:
    ended = run_agent("babyagi", sample("functions", **changed))
    assert (ended["status"], ended["failure"]) == ("FAILED", failure), ended["reason"]
    assert reason in ended["reason"]


def test_a_function_file_that_cannot_be_loaded_is_named(babyagi: ServerUnderTest, tmp_path: Path) -> None:
    (tmp_path / "functions.py").write_text("import babyagi\nraise RuntimeError('not today')\n")
    files = {"project": str(tmp_path), "function_files": ["functions.py"]}
    trial = played(babyagi, tmp_path, [{"reply": "x"}], engine="functionz", **files)
    assert (
        trial.ending["failure"],
        "'functions.py' cannot be loaded. RuntimeError: not today" in trial.ending["reason"],
    ) == (
        "configuration",
        True,
    )


def build(server: ServerUnderTest, agent: str, task: str) -> str:
    return server.start_run(agent, input={"task": task})


def answer(server: ServerUnderTest, execution: str, given: str) -> str:
    """What was asked; it is answered."""
    server.wait_for_question(execution)
    (asked,) = server.execution(execution)["waitingFor"]
    server.call("POST", f"/executions/{execution}/answers", json={"questionId": asked["id"], "answer": given})
    return asked["question"]


def test_a_built_function_is_shown_before_it_is_added_and_there_in_later_runs(babyagi: ServerUnderTest) -> None:
    agent = make_agent(babyagi, "babyagi", sample("functions", agent="process_user_input"))
    first = build(babyagi, agent, "Is 1900 a leap year?")
    assert "def is_leap(year):" in answer(babyagi, first, "Allow it, now and later")
    ended = babyagi.wait(first, seconds=90)
    assert (ended["status"], ended["output"]) == (
        "COMPLETED",
        {"answer": "False", "functions": ["is_leap"], "built": ["is_leap"]},
    ), ended["reason"]
    second = babyagi.wait(build(babyagi, agent, "Is 2000 a leap year?"), seconds=90)
    assert second["output"] == {"answer": "True", "functions": ["is_leap"], "built": []}, second["reason"]


def test_a_function_that_nobody_allows_is_not_run(babyagi: ServerUnderTest) -> None:
    execution = build(
        babyagi, make_agent(babyagi, "babyagi", sample("functions", agent="process_user_input")), "Is 1900 a leap year?"
    )
    answer(babyagi, execution, "Do not allow it")
    ended = babyagi.wait(execution, seconds=90)
    assert (ended["status"], ended["failure"]) == ("FAILED", "cancelled")
    assert ended["reason"] == "A person did not allow the function 'is_leap'."


def test_requests_are_made_up_and_each_is_worked_on(babyagi: ServerUnderTest) -> None:
    configuration = sample("functions", agent="self_build", self_build_count=1)
    execution = build(babyagi, make_agent(babyagi, "babyagi", configuration), "A maker of calendars")
    answer(babyagi, execution, "Allow it for this run")
    ended = babyagi.wait(execution, seconds=90)
    assert (ended["status"], ended["output"]["answer"]) == (
        "COMPLETED",
        "Is 2024 a leap year? Use a function.: True",
    ), ended["reason"]


def test_replies_that_cannot_be_read_end_at_the_limit_and_inner_functions_are_not_found(
    babyagi: ServerUnderTest, tmp_path: Path
) -> None:
    trial = played(babyagi, tmp_path, [{"reply": "?"}], engine="functionz", agent="process_user_input", max_calls=4)
    assert (trial.ending["status"], trial.calls) == ("FAILED", 4)
    assert "limit of model calls" in trial.ending["reason"]
    rules: list[dict[str, Any]] = [
        {"when": {"contains": "perfectly fulfill"},
         "json": {"function_found": True, "function_name": "get_all_secret_keys"}},
        {"json": {"parameters": {}}},
    ]  # fmt: skip
    keys = [{"name": "stamp", "value": "top-secret-stamp"}]
    trial = played(babyagi, tmp_path, rules, engine="functionz", agent="process_user_input", keys=keys)
    assert "There is no function 'get_all_secret_keys' to call." in trial.ending["reason"]
    assert "top-secret-stamp" not in trial.text
