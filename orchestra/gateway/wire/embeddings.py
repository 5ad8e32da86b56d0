"""Reads answers in the format of OpenAI's embeddings, which never come as a stream."""

from orchestra.gateway.wire.chat import read_usage
from orchestra.gateway.wire.reading import Object, Reading


def read_reply(body: Object, reading: Reading) -> None:
    read_usage(body, reading)
    reading.output = 0
    reading.is_done = True


def read_event(data: Object, reading: Reading) -> None:
    read_reply(data, reading)
