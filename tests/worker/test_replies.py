"""A reply, put together from what a model streams, also from what it should not."""

from typing import Any

import pytest

from orchestra.worker.toolbox.replies import Reply


def of(*deltas: Any) -> dict[str, Any]:
    reply = Reply()
    for delta in deltas:
        reply.add({"choices": [{"delta": delta}]})
    return reply.message


def call(index: int, arguments: str = "", **more: Any) -> dict[str, Any]:
    return {"tool_calls": [{"index": index, **more, "function": {"arguments": arguments, **more}}]}


def test_a_text_without_calls_has_none() -> None:
    assert of({"content": "All "}, {"content": None}, {"content": "said."}) == {
        "role": "assistant",
        "content": "All said.",
    }


def test_calls_are_told_apart_by_their_index() -> None:
    message = of(
        {"content": "I look."},
        call(0, id="a", name="search"),
        call(0, '{"query": '),
        call(1, "{}", id="b", name="list"),
        call(0, '"sun"}'),
    )
    assert message["content"] == "I look."
    assert message["tool_calls"] == [
        {"id": "a", "type": "function", "function": {"name": "search", "arguments": '{"query": "sun"}'}},
        {"id": "b", "type": "function", "function": {"name": "list", "arguments": "{}"}},
    ]


def test_a_call_without_id_and_arguments_gets_some() -> None:
    (only,) = of(call(3, name="now"))["tool_calls"]
    assert (only["id"], only["function"]["arguments"]) == ("call_3", "{}")


@pytest.mark.parametrize(
    "choices",
    [
        None,
        [],
        [None],
        ["x"],
        [{"delta": []}],
        [{"delta": {"content": 5, "tool_calls": 7}}],
        [{"delta": {"tool_calls": [None, {"index": "one"}]}}],
    ],
)
def test_nonsense_says_nothing(choices: Any) -> None:
    reply = Reply()
    assert reply.add({"choices": choices}) == ("", False)
    assert reply.message == {"role": "assistant", "content": ""}


def test_its_length_counts_arguments_too() -> None:
    reply = Reply()
    reply.add({"choices": [{"delta": {"content": "abc"}}]})
    reply.add({"choices": [{"delta": call(0, "12345")}]})
    assert reply.length == 8
