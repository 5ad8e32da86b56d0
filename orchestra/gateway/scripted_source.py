"""Lets scripted models answer as providers do, in every format."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import asdict, replace

from orchestra.domain.model_calls import Target, Tokens, WireFormat
from orchestra.gateway.chat import text_of
from orchestra.gateway.errors import CallError, body_of
from orchestra.gateway.providers import Models
from orchestra.gateway.replies.chat import ChatWriter
from orchestra.gateway.replies.completions import CompletionsWriter
from orchestra.gateway.replies.embeddings import embeddings_of
from orchestra.gateway.replies.messages import MessagesWriter
from orchestra.gateway.replies.prompts import messages_in
from orchestra.gateway.replies.responses import ResponsesWriter
from orchestra.gateway.replies.writing import Writer
from orchestra.gateway.requests import Asked
from orchestra.gateway.scripted import Answer, Piece, characters_of
from orchestra.gateway.sources import Reply
from orchestra.gateway.wire.formats import COUNT_TOKENS
from orchestra.gateway.wire.reading import estimated_tokens

_WRITERS: Mapping[WireFormat, Callable[[str], Writer]] = {
    WireFormat.CHAT: ChatWriter,
    WireFormat.COMPLETIONS: CompletionsWriter,
    WireFormat.RESPONSES: ResponsesWriter,
    WireFormat.MESSAGES: MessagesWriter,
}


class ScriptedSource:
    def __init__(self, models: Models) -> None:
        self._models = models

    @asynccontextmanager
    async def open(self, target: Target, asked: Asked, headers: Mapping[str, str]) -> AsyncGenerator[Reply, None]:
        """The model's answer, or what it refuses with. See `sources.Source`."""
        try:
            # May read a file; and a long prompt takes so long to search that others would feel it.
            reply = await asyncio.to_thread(self._answer, target, asked)
        except CallError as error:
            reply = _json(error.status, json.dumps(body_of(error, asked.format)).encode("ascii"))
        yield reply

    def _answer(self, target: Target, asked: Asked) -> Reply:
        model = self._models.get(target.model)
        if asked.format is WireFormat.EMBEDDINGS:
            return _json(200, json.dumps(embeddings_of(asked.fields, model.name)).encode("ascii"))
        if asked.below == COUNT_TOKENS:
            read = sum(len(text_of(message)) for message in messages_in(asked))
            return _json(200, json.dumps({"input_tokens": estimated_tokens(read)}).encode("ascii"))
        answer = model.ask(messages_in(asked))
        writer = _WRITERS[asked.format](model.name)
        if asked.stream:
            return Reply(200, {"content-type": "text/event-stream"}, _events(writer, answer))
        whole = writer.whole(answer.pieces, _tokens(answer, answer.pieces))
        return _json(200, json.dumps(whole).encode("ascii"))


async def _events(writer: Writer, answer: Answer) -> AsyncGenerator[bytes, None]:
    given: list[Piece] = []
    yield writer.opening(Tokens(answer.input_tokens, 0))
    async with aclosing(answer.stream()) as pieces:
        async for piece in pieces:
            given.append(piece)
            yield writer.piece(piece)
    yield writer.closing(given, _tokens(answer, given))


def _tokens(answer: Answer, pieces: "list[Piece] | tuple[Piece, ...]") -> Tokens:
    counted = Tokens(answer.input_tokens, estimated_tokens(sum(map(characters_of, pieces))))
    if (said := answer.usage) is None:
        return counted
    given = {name: value for name, value in asdict(said).items() if value is not None}
    return replace(counted, **given)


def _json(status: int, body: bytes) -> Reply:
    return Reply(status, {"content-type": "application/json"}, _once(body))


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body
