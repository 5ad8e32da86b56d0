"""Reads answers in the format of OpenAI's responses."""

from orchestra.gateway.wire.reading import Object, Reading, error_in, kind_of, number_in, object_in, objects_in

_SAID = frozenset(
    {
        "response.output_text.delta",
        "response.refusal.delta",
        "response.function_call_arguments.delta",
        "response.custom_tool_call_input.delta",
        "response.reasoning_text.delta",
        "response.reasoning_summary_text.delta",
    }
)
_LAST = frozenset({"response.completed", "response.incomplete", "response.failed"})
_CALLS = frozenset({"function_call", "custom_tool_call"})


def read_reply(body: Object, reading: Reading) -> None:
    for index, item in enumerate(objects_in(body, "output")):
        _read_call(index, item, reading)
        reading.said(item.get("arguments"))
        for part in objects_in(item, "content"):
            reading.said(part.get("text"))
            reading.said(part.get("refusal"))
    _read_end(body, reading)


def read_event(data: Object, reading: Reading) -> None:
    kind = kind_of(data)
    if kind in _SAID:
        reading.said(data.get("delta"))
    elif kind == "response.output_item.added":
        _read_call(data.get("output_index"), object_in(data, "item"), reading)
    elif kind in _LAST:
        _read_end(object_in(data, "response"), reading)
    elif kind == "error" or "error" in data:
        reading.error = error_in(data)[0] or "The provider broke off without a reason."


def _read_call(index: object, item: Object, reading: Reading) -> None:
    if kind_of(item) in _CALLS:
        reading.called(str(index), item.get("name"))


def _read_end(response: Object, reading: Reading) -> None:
    usage = object_in(response, "usage")
    reading.input, reading.output = number_in(usage, "input_tokens"), number_in(usage, "output_tokens")
    reading.cached = number_in(usage, "input_tokens_details", "cached_tokens")
    reading.reasoning = number_in(usage, "output_tokens_details", "reasoning_tokens")
    reading.finished(object_in(response, "incomplete_details").get("reason") or response.get("status"))
    if response.get("status") == "failed":
        reading.error = error_in(response)[0] or "The provider's response failed without a reason."
    reading.is_done = True
