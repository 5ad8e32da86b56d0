"""The scripted models, and finding them by name."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestra.gateway.errors import CallError
from orchestra.gateway.providers import Models
from orchestra.gateway.scripted import MAX_PROMPT_CHARACTERS, ScriptedModel
from orchestra.gateway.scripts import Reply, Rule, Script

ECHO = "rules: [{when: {matches: '(?P<all>.*)'}, reply: '${all}'}]"


def test_models_are_listed_by_name(tmp_path: Path) -> None:
    assert Models({"b": tmp_path, "a": tmp_path}).names() == ["a", "b", "scripted"]


def test_a_script_is_read_once_and_on_use(tmp_path: Path) -> None:
    models = Models({"later": tmp_path / "later.yaml"})
    (tmp_path / "later.yaml").write_text(ECHO)
    first = models.get("later")
    (tmp_path / "later.yaml").unlink()
    assert models.get("later") is first


def test_a_script_that_was_mended_can_be_used(tmp_path: Path) -> None:
    path = tmp_path / "script.yaml"
    path.write_bytes(b"\xff")
    models = Models({"mended": path})
    with pytest.raises(CallError, match="'mended' cannot be used: its script cannot be read"):
        models.get("mended")
    path.write_text(ECHO)
    assert models.get("mended").script


def test_a_prompt_without_a_rule_gets_a_plain_sentence() -> None:
    answer = ScriptedModel("lonely", Script("lonely", 0, ())).ask([{"role": "user", "content": "hi"}])
    assert "".join(map(str, answer.pieces)) == (
        "This is AgentOrchestra's scripted model, which answers from a script, and no rule of script lonely matches "
        "this prompt. Choose a real model in the agent's configuration."
    )


def test_an_empty_reply_is_an_empty_answer() -> None:
    model = ScriptedModel("mute", Script("mute", 0, (Rule(Reply("")),)))
    assert model.ask([{"role": "user", "content": "hi"}]).pieces == ()


def test_tokens_are_a_quarter_of_all_characters() -> None:
    messages = [{"role": "system", "content": "12345"}, {"role": "user", "content": None}, {"content": "6789"}]
    assert ScriptedModel("scripted", None).ask(messages).input_tokens == 3


def test_a_prompt_that_is_too_long_is_refused() -> None:
    messages = [{"role": "user", "content": "x" * (MAX_PROMPT_CHARACTERS + 1)}]
    with pytest.raises(CallError) as caught:
        ScriptedModel("scripted", None).ask(messages)
    assert (caught.value.status, caught.value.code) == (400, "context_length_exceeded")


@given(st.text())
def test_no_character_is_lost_between_words(text: str) -> None:
    rule = Rule(Reply(text.replace("$", "$$")))
    pieces = ScriptedModel("any", Script("any", 0, (rule,))).ask([{"content": ""}]).pieces
    assert "".join(map(str, pieces)) == text
    assert len(pieces) <= len(text.split()) + 1
