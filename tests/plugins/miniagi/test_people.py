"""The mode in which a person allows each command and answers what the agent says."""

from pathlib import Path
from typing import Any

from orchestra_plugins.miniagi.worker.people import ALWAYS, NO, YES

SHELL = "<r>Look.</r><c>execute_shell</c>\necho {}"
TALK = "<r>Tell.</r><c>talk_to_user</c>\nShall I go on?"


def test_commands_wait_for_a_yes(work: Any, gateway: Any, context: Any, scripted: Any):
    gateway.answer = scripted(SHELL.format("1"), SHELL.format("2"))
    context.answers = [YES, YES]
    assert work(prompt_user=True)["result"] == "2"
    assert context.questions[0] == "May MiniAGI use execute_shell?\nLook.\n\necho 1"


def test_a_no_with_advice_is_what_the_agent_sees(work: Any, gateway: Any, context: Any, scripted: Any):
    gateway.answer = scripted(SHELL.format("1 > made"))
    context.answers = [NO, "Use Python."]
    work(prompt_user=True)
    tool = next(step for step in context.steps if step.type == "tool")
    assert tool.result == "The user does not allow this. They say: Use Python."
    assert "They say: Use Python." in gateway.prompts[-1]
    assert not Path(context.folder, "made").exists()


def test_a_yes_to_all_is_asked_for_once(work: Any, gateway: Any, context: Any, scripted: Any):
    gateway.answer = scripted(SHELL.format("1"), SHELL.format("2"), SHELL.format("3"))
    context.answers = [ALWAYS]
    work(prompt_user=True)
    assert len(context.questions) == 1


def test_the_user_answers_messages(work: Any, gateway: Any, context: Any, scripted: Any):
    gateway.answer = scripted(TALK, TALK)
    context.answers = ["Yes, but -5 is wrong", "-"]
    work(prompt_user=True)
    assert [step.result for step in context.steps if step.type == "tool"] == [
        "The user replied: Yes, but -5 is wrong",
        "The user read it and said nothing to it.",
    ]


def test_long_commands_are_shown_whole_in_the_log(work: Any, gateway: Any, context: Any, scripted: Any):
    command = "echo " + "x" * 20_000
    gateway.answer = scripted(f"<r>Look.</r><c>execute_shell</c>\n{command}")
    context.answers = [NO, "-"]
    work(prompt_user=True)
    assert len(context.questions[0]) < 10_000
    assert any(command in line for line in context.logs)


def test_nobody_is_asked_by_default(work: Any, gateway: Any, context: Any, scripted: Any):
    gateway.answer = scripted(SHELL.format("1"), TALK)
    work()
    assert context.questions == []
