"""Reading an action out of what a model wrote."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestra_plugins.miniagi.worker.reply import Action, parse

CODE = "if True:\n    print(1)"


@pytest.mark.parametrize(
    "reply",
    [
        f"<r>Why.</r><c>execute_python</c>\n{CODE}",
        f"  <r> Why.\n</r>\n <c> Execute_Python </c>\n\n{CODE}\n\n",
        f"<r>Why.</r><c>execute_python</c>\n```python\n{CODE}\n```",
        f"<r>Why.</r><c>execute_python</c>\n```\n{CODE}\n```\nThis prints 1.",
        f"```\n<r>Why.</r><c>execute_python</c>\n{CODE}\n```",
        f"<think>Or <r>?</r><c>done</c>?</think>\n<r>Why.</r><c>execute_python</c>\n{CODE}",
        f"Sure!\n<r>Why.</r><c>`execute_python`</c>\n{CODE}\n<r>Then.</r><c>done</c>",
    ],
)
def test_same_action_in_many_guises(reply: str):
    assert parse(reply) == Action("Why.", "execute_python", CODE)


@pytest.mark.parametrize("reply", ["", "Hello", "<r>a</r>", "<c>done</c>", "<r>a</r><c></c>", "<r>a</r> x <c>done</c>"])
def test_no_action_is_none(reply: str):
    assert parse(reply) is None


def test_message_keeps_its_code_block():
    text = "Look:\n```\nx\n```\nGood?"
    assert parse(f"<r>a</r><c>talk_to_user</c>\n{text}") == Action("a", "talk_to_user", text)


def test_first_line_keeps_its_indentation():
    assert parse("<r>a</r><c>execute_python</c>\n  x") == Action("a", "execute_python", "  x")


@given(st.text(alphabet="<>/rc`\n dx"))
def test_any_text_is_read_without_an_error(reply: str):
    parse(reply)


def test_hostile_text_is_read_quickly():
    began = time.perf_counter()
    parse("<r>a</r><c>done</c>" + "\n<r>" * 40_000 + "</r>")
    parse("<r>" * 60_000)
    parse("<r></r><c>" * 20_000)
    parse("<r></r>" + " " * 200_000)
    assert time.perf_counter() - began < 1
