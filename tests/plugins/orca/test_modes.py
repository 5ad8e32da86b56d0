"""What the modes do with what the models say; the mode skills needs its library (tests/frameworks)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from guest import Gateway, RecordingContext

from orchestra.worker.context import RunFailed
from orchestra_plugins.orca.worker.skills import fault_of

Work = Callable[..., dict[str, Any]]


def says(**parts: str) -> Callable[[str], str]:
    """A model that answers a prompt by what stands in it."""

    def answer(prompt: str) -> str:
        words = {
            "STRATEGIES:": "order",
            "ANSWER:": "verdict",
            "practice tasks like it": "tasks",
            "instructions about it": "instructions",
            "SUGGESTION:": "edited",
        }
        return next((parts.get(part, "") for mark, part in words.items() if mark in prompt), f"({prompt[:20]})")

    return answer


def test_strategies_are_tried_in_the_teachers_order_until_one_holds(work: Work, gateway: Gateway) -> None:
    verdicts = iter(['{"ok": false, "why": "no"}', '{"ok": true, "why": "yes"}'])
    base = says(order='I say: {"order": ["direct", "explain_then_answer", "made_up"]} so.')
    gateway.answer = lambda prompt: next(verdicts) if "ANSWER:" in prompt else base(prompt)
    output = work(mode="solve")
    assert output == {"answer": "(The task.)", "strategy": "explain_then_answer", "verified": True}
    systems = [
        one["messages"][0]["content"] for one in gateway.requests if one["messages"][-1]["content"] == "The task."
    ]
    assert "Answer directly" in systems[0] and "Explain the reasoning" in systems[1]


@pytest.mark.parametrize("verdict", ['{"ok": false, "why": "no"}', "It is fine.", '{"ok": "yes"}', "{" * 2000])
def test_what_nobody_verified_is_not_called_verified(work: Work, gateway: Gateway, verdict: str) -> None:
    gateway.answer = says(order="{}", verdict=verdict)
    output = work(mode="solve", solve={"max_attempts": 1})
    assert output["verified"] is False and output["why"]


def test_a_run_that_must_be_verified_fails_otherwise(work: Work, gateway: Gateway) -> None:
    gateway.answer = says(order="{}", verdict='{"ok": false, "why": "It is wrong."}')
    with pytest.raises(RunFailed, match=r"accepted none of the answers.*It is wrong"):
        work(mode="solve", solve={"must_be_verified": True})


def test_the_student_sees_explanations_and_not_their_strategies(work: Work, gateway: Gateway, tmp_path: Path) -> None:
    output = work(
        {"task": "Mine."}, mode="progressive", student_model="s", progressive={"examples": ["e1", "e2"], "shots": 1}
    )
    traces = [json.loads(line) for line in (tmp_path / "traces.jsonl").read_text().splitlines()]
    assert [(one["stage"], one["question"]) for one in traces] == [
        ("assistant teacher", "e1"),
        ("assistant teacher", "e2"),
        ("teacher", "e1"),
        ("teacher", "e2"),
    ]
    assert [one["model"] for one in gateway.requests] == ["s", "s", "t", "t", "s"]
    last = gateway.requests[-1]["messages"]
    assert [one["content"] for one in last[1:]] == ["e2", traces[-1]["response"], "Mine."]
    assert last[0]["content"] == traces[-1]["student_system_prompt"] != traces[-1]["system_prompt"]
    assert output["traces"] == 4


def test_no_practice_tasks_end_the_run(work: Work, gateway: Gateway) -> None:
    gateway.answer = says(tasks="I would rather not.")
    with pytest.raises(RunFailed, match="thought up no practice tasks"):
        work(mode="progressive")
    assert len(gateway.requests) == 2  # it was asked once more


def test_instructions_are_refined_and_answered(work: Work, gateway: Gateway, tmp_path: Path) -> None:
    gateway.answer = says(instructions='["Name it.", "  ", 7, "Judge it."]', edited="Judge it well.")
    output = work(mode="datagen", datagen={"transformations": ["identity", "debate"], "n_instructions": 5})
    pairs = [json.loads(line) for line in (tmp_path / "pairs.jsonl").read_text().splitlines()]
    assert output["pairs"] == len(pairs) == 4
    assert {one["instruction"] for one in pairs} == {"Judge it well."}
    assert [one["transformation"] for one in pairs] == ["identity", "identity", "debate", "debate"]
    assert pairs[0]["question"].startswith("The task.")


def test_a_run_that_is_stopped_leaves_its_records(
    work: Work, gateway: Gateway, context: RecordingContext, tmp_path: Path
) -> None:
    def answer(prompt: str) -> str:
        if prompt == "e2":
            context.cancel()
        return "Explained."

    gateway.answer = answer
    with pytest.raises(KeyboardInterrupt):
        work(mode="progressive", progressive={"examples": ["e1", "e2"]})
    assert len((tmp_path / "traces.jsonl").read_text().splitlines()) == 1


def test_text_that_is_no_text_is_kept(work: Work, gateway: Gateway, tmp_path: Path) -> None:
    gateway.answer = lambda _: "\ud800 \u202e <script>"
    work(mode="progressive", progressive={"examples": ["e1"]})
    assert len((tmp_path / "traces.jsonl").read_text("utf-8").splitlines()) == 2


@pytest.mark.parametrize(
    ("steps", "fault"),
    [
        ([], "needs steps"),
        ([("a", []), ("a", [])], "two steps with the name 'a'"),
        ([("a", ["b"]), ("b", [])], "'b', which is no earlier step"),
        ([("a", ["a"])], "no earlier step"),
        ([("a", []), ("b", ["a"])], ""),
    ],
)
def test_steps_that_cannot_be_performed_are_named(steps: list[tuple[str, list[str]]], fault: str) -> None:
    found = fault_of([{"id": name, "instruction": "Do.", "context_from": sources} for name, sources in steps])
    assert fault in found and bool(found) == bool(fault)
