"""The table of formats: where each is asked for, and how its answers are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from orchestra.domain.model_calls import WireFormat
from orchestra.gateway.wire import chat, completions, embeddings, messages, responses
from orchestra.gateway.wire.reading import Object, Reading, read_json
from orchestra.gateway.wire.sse import data_of

COUNT_TOKENS = "/count_tokens"
"""Where Anthropic counts the tokens of a prompt, below the address of its messages."""
_DONE = b"[DONE]"


@dataclass(frozen=True, slots=True)
class Format:
    path: str
    """Below an address that ends in /v1."""
    streams: bool
    tells_usage_if_asked: bool
    """A stream tells its usage only where `stream_options.include_usage` asks for it."""
    most_output: tuple[str, ...]
    """The parameters that bound the answer, in tokens."""
    _read_reply: Callable[[Object, Reading], None]
    _read_event: Callable[[Object, Reading], None]

    def read_reply(self, body: bytes, reading: Reading) -> None:
        """Read a whole answer; what cannot be understood leaves no trace."""
        if (read := read_json(body)) is not None:
            self._read_reply(read, reading)

    def read_event(self, event: bytes, reading: Reading) -> Object | None:
        """Read one event of a stream; its data, None if that is no object of JSON."""
        data = data_of(event)
        if data.strip() == _DONE:
            reading.is_done = True
            return None
        if (read := read_json(data)) is not None:
            self._read_event(read, reading)
        return read


FORMATS: Mapping[WireFormat, Format] = {
    WireFormat.CHAT: Format(
        "/chat/completions",
        True,
        True,
        ("max_completion_tokens", "max_tokens"),
        chat.read_reply,
        chat.read_event,
    ),
    WireFormat.COMPLETIONS: Format(
        "/completions", True, True, ("max_tokens",), completions.read_reply, completions.read_event
    ),
    WireFormat.RESPONSES: Format(
        "/responses", True, False, ("max_output_tokens",), responses.read_reply, responses.read_event
    ),
    WireFormat.EMBEDDINGS: Format("/embeddings", False, False, (), embeddings.read_reply, embeddings.read_event),
    WireFormat.MESSAGES: Format("/messages", True, False, ("max_tokens",), messages.read_reply, messages.read_event),
}


def most_output_tokens(format: WireFormat, asked: Object) -> int | None:
    """How many tokens the answer may have by the request's own bound; None if it names none."""
    for name in FORMATS[format].most_output:
        value = asked.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return None
