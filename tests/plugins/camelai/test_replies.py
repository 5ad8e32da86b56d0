"""Replies that come in pieces, put together again; with the pieces as OpenAI's own library reads them."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from openai.types.chat import ChatCompletionChunk

import orchestra_plugins.camelai


@pytest.fixture(scope="module")
def replies() -> ModuleType:
    """The module alone: the worker half that it belongs to would import CAMEL."""
    path = Path(orchestra_plugins.camelai.__file__).with_name("worker") / "replies.py"
    spec = importlib.util.spec_from_file_location("replies", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def piece(delta: dict[str, Any], reason: str | None = None, index: int = 0, **more: Any) -> ChatCompletionChunk:
    choices = [{"index": index, "delta": delta, "finish_reason": reason}]
    head = {"id": "c1", "created": 7, "model": "m", "object": "chat.completion.chunk"}
    return ChatCompletionChunk.model_validate({**head, "choices": choices, **more})


def test_a_text_is_joined_and_counted(replies: ModuleType) -> None:
    reply = replies.Reply()
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    texts = [reply.add(piece({"role": "assistant", "content": text})) for text in ("Hel", "lo")]
    last = ChatCompletionChunk.model_validate({**piece({}).model_dump(), "choices": [], "usage": usage})
    assert [*texts, reply.add(piece({}, "stop")), reply.add(last)] == ["Hel", "lo", "", ""]
    whole = reply.whole()
    assert (whole.id, whole.choices[0].message.content, whole.choices[0].finish_reason) == ("c1", "Hello", "stop")
    assert whole.usage.total_tokens == 5


def test_calls_of_tools_are_joined_by_their_index_and_keep_what_providers_add(replies: ModuleType) -> None:
    reply = replies.Reply()
    for index, call in enumerate(("a", "b")):
        function = {"name": call, "arguments": ""}
        more = {"extra_content": {"signature": call}}
        reply.add(piece({"tool_calls": [{"index": index, "id": f"id_{call}", "function": function, **more}]}))
        for part in ('{"x":', "1}"):
            reply.add(piece({"tool_calls": [{"index": index, "function": {"arguments": part}}]}))
    reply.add(piece({}, "tool_calls"))
    choice = reply.whole().choices[0]
    assert choice.message.content is None
    calls = [(one.id, one.function.name, one.function.arguments) for one in choice.message.tool_calls]
    assert calls == [("id_a", "a", '{"x":1}'), ("id_b", "b", '{"x":1}')]
    assert choice.message.tool_calls[1].extra_content == {"signature": "b"}


def test_several_choices_reasoning_and_calls_without_arguments(replies: ModuleType) -> None:
    reply = replies.Reply()
    reply.add(piece({"reasoning_content": "Hm. "}))
    reply.add(piece({"content": "first"}))
    assert reply.add(piece({"content": "second"}, "stop", index=1)) == ""
    reply.add(piece({"tool_calls": [{"index": 0, "id": "i", "function": {"name": "now"}}]}, "length"))
    first, second = reply.whole().choices
    assert (first.message.content, first.message.reasoning_content, first.finish_reason) == ("first", "Hm. ", "length")
    assert first.message.tool_calls[0].function.arguments == "{}"
    assert second.message.content == "second"
