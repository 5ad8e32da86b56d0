"""A model's reply, put into a shape that AutoGPT's loop can take."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

import orchestra_plugins.autogpt

_PATH = Path(orchestra_plugins.autogpt.__file__).with_name("worker") / "reply.py"
_SPEC = importlib.util.spec_from_file_location("autogpt_reply", _PATH)  # its package needs AutoGPT's environment
assert _SPEC is not None and _SPEC.loader is not None
reply_module = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(reply_module)
checked = reply_module.checked


def test_a_whole_reply_stays_as_it_is() -> None:
    reply = {"thoughts": {"text": "t", "plan": "- a"}, "command": {"name": "read_file", "args": {"filename": "x"}}}
    assert checked(reply) == reply


@pytest.mark.parametrize(
    "reply", [{}, [], "text", 3, {"command": "read_file"}, {"command": {"name": 7}}, {"command": {"name": " "}}]
)
def test_a_reply_without_a_command_has_none(reply: Any) -> None:
    assert "command" not in checked(reply)


def test_arguments_that_are_none_are_empty() -> None:
    assert checked({"command": {"name": "do_nothing", "args": ["x"]}})["command"] == {"name": "do_nothing", "args": {}}


def test_thoughts_of_any_shape_become_texts() -> None:
    given = {"text": ["a", "b"], "plan": {"first": "go", "then": ["x"]}, "criticism": None, "mood": "good", "speak": 3}
    assert checked({"thoughts": given})["thoughts"] == {
        "text": "- a\n- b",
        "plan": "- first: go\n- then: - x",
        "speak": "3",
    }
    assert checked({"thoughts": "just this"})["thoughts"] == {"text": "just this"}
    assert checked({"thoughts": 5})["thoughts"] == {}
