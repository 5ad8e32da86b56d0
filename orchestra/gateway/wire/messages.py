"""Reads answers in the format of Anthropic's messages."""

from orchestra.gateway.wire.reading import Object, Reading, error_in, kind_of, number_in, object_in, objects_in

_CALLS = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})


def read_reply(body: Object, reading: Reading) -> None:
    for index, block in enumerate(objects_in(body, "content")):
        _read_block(index, block, reading)
    _read_usage(object_in(body, "usage"), reading)
    reading.finished(body.get("stop_reason"))
    reading.is_done = True


def read_event(data: Object, reading: Reading) -> None:
    match kind_of(data):
        case "message_start":
            _read_usage(object_in(object_in(data, "message"), "usage"), reading)
        case "content_block_start":
            _read_block(data.get("index"), object_in(data, "content_block"), reading)
        case "content_block_delta":
            delta = object_in(data, "delta")
            for name in ("text", "thinking", "partial_json"):
                reading.said(delta.get(name))
        case "message_delta":
            reading.finished(object_in(data, "delta").get("stop_reason"))
            _read_usage(object_in(data, "usage"), reading)
        case "message_stop":
            reading.is_done = True
        case "error":
            reading.error = error_in(data)[0] or "The provider broke off without a reason."
        case _:
            pass


def _read_block(index: object, block: Object, reading: Reading) -> None:
    reading.said(block.get("text"))
    reading.said(block.get("thinking"))
    if kind_of(block) in _CALLS:
        reading.called(str(index), block.get("name"))
        if block.get("input"):  # a stream gives it bit by bit, later
            reading.said(str(block["input"]))


def _read_usage(usage: Object, reading: Reading) -> None:
    """Anthropic counts what was cached beside the input; here it is a part of it, as with all others."""
    fresh = number_in(usage, "input_tokens")
    if fresh is not None:
        reading.cached = number_in(usage, "cache_read_input_tokens")
        reading.cache_written = number_in(usage, "cache_creation_input_tokens")
        reading.input = fresh + (reading.cached or 0) + (reading.cache_written or 0)
    output = number_in(usage, "output_tokens")
    if output is not None:
        reading.output = output
