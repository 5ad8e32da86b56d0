"""The agent as a whole: its samples, its limits, and what it shows of itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestra.domain.frameworks import Framework, Sample
from orchestra.worker.context import RunFailed

TALK = "<r>Tell.</r><c>talk_to_user</c>\nHello"
SHELL = "<r>Run.</r><c>execute_shell</c>\necho 41"


@pytest.fixture
def run_sample(framework: Framework, gateway: Any, work: Any, play: Any) -> Callable[..., dict[str, Any]]:
    def start(sample_id: str, given: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
        sample: Sample = next(sample for sample in framework.samples if sample.id == sample_id)
        assert sample.script
        gateway.answer = play(sample.script)
        return work(given, **{**sample.configuration, **changes})

    return start


def test_squares_sample_computes_the_sum(run_sample: Any, context: Any, gateway: Any, tmp_path: Path):
    sieve = set(range(2, 100)) - {a * b for a in range(2, 50) for b in range(2, 50)}
    output = run_sample("squares")
    assert f"add up to {sum(prime**2 for prime in sieve)}." in output["answer"]
    assert (tmp_path / "primes.txt").read_text().split() == [str(prime) for prime in sorted(sieve)]
    assert output["steps"] == 4
    assert "SUMMARY:\nI used execute_python. I used memorize_thoughts. I used talk_to_user.\n" in gateway.prompts[-1]
    assert [message.text for message in context.messages if getattr(message, "to", "") == "user"] == [output["answer"]]


def test_shell_sample_counts_notes(run_sample: Any, context: Any, tmp_path: Path):
    output = run_sample("shell")
    assert output["answer"] == "The notes are 3 files with 6 lines together."
    assert (tmp_path / "report.txt").read_text() == "files: 3\nlines: 6\n"
    assert {step.type for step in context.steps} == {"step", "llm", "tool", "memory", "critic"}
    criticism = [step.result for step in context.steps if step.type == "critic"]
    assert criticism[1].startswith("The last action, ingest_data, came closer")


@pytest.mark.parametrize("sample", ["squares", "shell"])
def test_sample_says_what_it_cannot_do(run_sample: Any, sample: str):
    output = run_sample(sample, {"task": "Write a poem."})
    assert output["answer"].startswith("I am the scripted model: I only play the sample")
    assert output["steps"] == 2


def test_squares_sample_admits_a_missing_sum(run_sample: Any):
    output = run_sample("squares", commands=["talk_to_user"])
    assert "printed no sum" in output["answer"]
    assert "There is no command 'execute_python'" in output["answer"]


@pytest.mark.parametrize(
    ("given", "objective"),
    [({}, "Test."), ({"task": "Paint."}, "Paint."), ({"objective": "Sing."}, "Sing."), ({"task": " "}, "Test.")],
)
def test_task_takes_the_place_of_the_objective(work: Any, gateway: Any, given: dict[str, Any], objective: str):
    work(given)
    assert f"OBJECTIVE:\n{objective}\n" in gateway.prompts[0]


def test_run_shows_its_conversation(work: Any, gateway: Any, context: Any, scripted: Any):
    gateway.answer = scripted(SHELL, TALK)
    assert work() == {"answer": "Hello", "result": "41", "steps": 3}
    assert [(message.role, message.name, message.text) for message in context.messages] == [
        ("assistant", "MiniAGI", "Run."),
        ("tool", "execute_shell", "41"),
        ("assistant", "MiniAGI", "Tell."),
        ("assistant", "MiniAGI", "Hello"),
        ("assistant", "MiniAGI", "All is said."),
    ]


def test_last_result_answers_where_nothing_was_said(work: Any, gateway: Any, scripted: Any):
    gateway.answer = scripted(SHELL)
    assert work()["answer"] == "41"


def test_criticism_reaches_the_next_step(work: Any, gateway: Any, scripted: Any):
    gateway.answer = scripted(SHELL)
    work(enable_critic=True)
    assert "CRITICISM:\n(You)" in gateway.prompts[-1]


def test_summaries_go_to_their_own_model(work: Any, gateway: Any, scripted: Any):
    gateway.answer = scripted(SHELL)
    work(summarizer_model="small")
    assert [request["model"] for request in gateway.requests] == ["m", "small", "m"]


def test_invalid_replies_end_the_run(work: Any, gateway: Any, scripted: Any):
    gateway.answer = scripted("Hm.", "Well.", "I would rather not.")
    with pytest.raises(RunFailed, match=r"3 replies in a row .* began: I would rather not\."):
        work(max_invalid_replies=3)
    assert "was not in this form" in gateway.prompts[1]


def test_invalid_replies_are_counted_in_a_row(work: Any, gateway: Any, scripted: Any):
    gateway.answer = scripted("Hm.", TALK, "Hm.", TALK)
    assert work(max_invalid_replies=2)["steps"] == 5


def test_unknown_command_is_survived(work: Any, gateway: Any, scripted: Any):
    gateway.answer = scripted("<r>Look.</r><c>web_search</c>\nnews")
    assert work()["steps"] == 2
    assert "There is no command 'web_search'" in gateway.prompts[-1]


def test_switched_off_command_does_nothing(work: Any, gateway: Any, scripted: Any, tmp_path: Path):
    gateway.answer = scripted("<r>Make.</r><c>execute_shell</c>\ntouch made")
    work(commands=["talk_to_user"])
    assert not (tmp_path / "made").exists()
    assert "execute_shell [" not in gateway.prompts[0]


def test_step_limit_is_a_failure(work: Any, gateway: Any, scripted: Any):
    gateway.answer = scripted(TALK, TALK, TALK)
    with pytest.raises(RunFailed, match="stopped after 2 steps without reaching the objective"):
        work(max_steps=2)


def test_whole_floats_count_as_integers(work: Any):
    assert work(max_steps=3.0, max_context_size=500.0)["steps"] == 1
