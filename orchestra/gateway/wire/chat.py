"""Reads answers in the format of OpenAI's chat completions."""

from orchestra.gateway.wire.reading import Object, Reading, error_in, number_in, object_in, objects_in

_TEXTS = ("content", "reasoning_content", "reasoning", "refusal")


def read_reply(body: Object, reading: Reading) -> None:
    read_usage(body, reading)
    for choice in objects_in(body, "choices"):
        _read_message(object_in(choice, "message"), choice, reading)
    reading.is_done = True


def read_event(data: Object, reading: Reading) -> None:
    if "error" in data:
        reading.error = error_in(data)[0] or "The provider broke off without a reason."
    read_usage(data, reading)
    for choice in objects_in(data, "choices"):
        _read_message(object_in(choice, "delta"), choice, reading)


def read_usage(body: Object, reading: Reading) -> None:
    """Usage as all OpenAI formats but responses tell it; None of a count that is not there."""
    usage = body.get("usage")
    if not isinstance(usage, dict):
        return
    reading.input = _newer(number_in(usage, "prompt_tokens"), reading.input)
    reading.output = _newer(number_in(usage, "completion_tokens"), reading.output)
    cached = number_in(usage, "prompt_tokens_details", "cached_tokens")
    reading.cached = _newer(
        cached if cached is not None else number_in(usage, "prompt_cache_hit_tokens"), reading.cached
    )
    reading.reasoning = _newer(number_in(usage, "completion_tokens_details", "reasoning_tokens"), reading.reasoning)


def _newer(count: int | None, before: int | None) -> int | None:
    return before if count is None else count


def _read_message(message: Object, choice: Object, reading: Reading) -> None:
    for name in _TEXTS:
        reading.said(message.get(name))
    place = choice.get("index")
    for position, call in enumerate(objects_in(message, "tool_calls")):
        index = call.get("index")
        _read_call((str(place), str(position if index is None else index)), object_in(call, "function"), reading)
    _read_call((str(place), "function"), object_in(message, "function_call"), reading)
    reading.finished(choice.get("finish_reason"))


def _read_call(key: tuple[str, str], function: Object, reading: Reading) -> None:
    if function:
        reading.called(key, function.get("name"))
        reading.said(function.get("arguments"))
