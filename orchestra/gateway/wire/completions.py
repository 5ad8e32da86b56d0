"""Reads answers in the format of OpenAI's old completions."""

from orchestra.gateway.wire.chat import read_usage
from orchestra.gateway.wire.reading import Object, Reading, error_in, objects_in


def read_reply(body: Object, reading: Reading) -> None:
    read_event(body, reading)
    reading.is_done = True


def read_event(data: Object, reading: Reading) -> None:
    if "error" in data:
        reading.error = error_in(data)[0] or "The provider broke off without a reason."
    read_usage(data, reading)
    for choice in objects_in(data, "choices"):
        reading.said(choice.get("text"))
        reading.finished(choice.get("finish_reason"))
