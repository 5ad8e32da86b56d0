"""The real clients of OpenAI and Anthropic, pointed at the gateway, before a provider and before scripts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import anthropic
import openai
import pytest
import upstream
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam
from upstream import Provider

from orchestra.domain.model_calls import CallStatus

if TYPE_CHECKING:
    from conftest import Gateway

ASKED: list[ChatCompletionMessageParam] = [{"role": "user", "content": "my name is Ada"}]
TOOL: ChatCompletionToolParam = {
    "type": "function",
    "function": {"name": "look_up", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}
WEATHER = "weather?"


class Clients:
    """The clients, and the models' names: `talk` says something, `tool` calls a tool."""

    def __init__(self, gateway: Gateway, talk: str, tool: str, said: str) -> None:
        root = f"http://127.0.0.1:{gateway.server.port}/llm"
        self.gateway = gateway
        self.talk, self.tool, self.said = talk, tool, said
        self.openai = openai.OpenAI(base_url=root + "/v1", api_key=gateway.key, max_retries=0)
        self.anthropic = anthropic.Anthropic(base_url=root, api_key=gateway.key, max_retries=0)
        self.root = root


@pytest.fixture(params=["provider", "script"])
def clients(request: pytest.FixtureRequest, gateway: Gateway, provider: Provider) -> Iterator[Clients]:
    if request.param == "provider":
        gateway.passes_to(provider, "echo", "tool", "json", "words-20", "words-2000")
        made = Clients(gateway, "echo", "tool", "my name is Ada")
    else:
        made = Clients(gateway, "talk", "talk", "Hello Ada, that is $5.")
    yield made
    made.openai.close()
    made.anthropic.close()


def test_chat(clients: Clients) -> None:
    answer = clients.openai.chat.completions.create(model=clients.talk, messages=ASKED, temperature=0.5)
    assert answer.choices[0].message.content == clients.said
    assert answer.choices[0].finish_reason == "stop"
    [record] = clients.gateway.settled
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (record.tokens.input, record.tokens.output)


@pytest.mark.parametrize("include_usage", [False, True])
def test_chat_as_a_stream(clients: Clients, include_usage: bool) -> None:
    options: Any = {"stream_options": {"include_usage": True}} if include_usage else {}
    chunks = list(clients.openai.chat.completions.create(model=clients.talk, messages=ASKED, stream=True, **options))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == clients.said
    assert (chunks[-1].usage is not None) == include_usage
    assert bool(chunks[-1].choices) != include_usage  # nobody gets the chunk without a choice unasked
    assert clients.gateway.settled[0].status is CallStatus.COMPLETED


def test_chat_with_the_clients_own_stream_helper(clients: Clients) -> None:
    with clients.openai.chat.completions.stream(model=clients.talk, messages=ASKED) as stream:
        stream.until_done()
        assert stream.get_final_completion().choices[0].message.content == clients.said


def test_chat_with_tools(clients: Clients) -> None:
    messages: list[ChatCompletionMessageParam] = [{"role": "user", "content": WEATHER}]
    answer = clients.openai.chat.completions.create(model=clients.tool, messages=messages, tools=[TOOL])
    assert answer.choices[0].finish_reason == "tool_calls"
    call = (answer.choices[0].message.tool_calls or [])[0]
    assert call.type == "function"
    assert (call.function.name, json.loads(call.function.arguments)["city"]) == ("look_up", "Bern")
    assert clients.gateway.settled[0].tool_calls[0] == "look_up"
    # The result goes back as it does with any provider.
    said: Any = answer.choices[0].message.model_dump(exclude_none=True)
    result: Any = {"role": "tool", "tool_call_id": call.id, "content": "my name is Ada"}
    answer = clients.openai.chat.completions.create(model=clients.talk, messages=[*messages, said, result])
    assert answer.choices[0].message.content == clients.said


def test_chat_with_tools_as_a_stream(clients: Clients) -> None:
    messages: list[ChatCompletionMessageParam] = [{"role": "user", "content": WEATHER}]
    with clients.openai.chat.completions.stream(model=clients.tool, messages=messages, tools=[TOOL]) as stream:
        stream.until_done()
        calls = stream.get_final_completion().choices[0].message.tool_calls or []
    assert calls[0].function.name == "look_up"
    assert json.loads(calls[0].function.arguments)["city"] == "Bern"


def test_chat_in_json(gateway: Gateway, provider: Provider) -> None:
    gateway.passes_to(provider, "json")
    clients = Clients(gateway, "json", "json", "")
    with clients.openai as client:
        answer = client.chat.completions.create(model="json", messages=ASKED, response_format={"type": "json_object"})
    assert json.loads(answer.choices[0].message.content or "") == {"answer": 42}
    assert provider.asks[-1].body["response_format"] == {"type": "json_object"}


def test_completions(clients: Clients) -> None:
    answer = clients.openai.completions.create(model=clients.talk, prompt="my name is Ada")
    assert answer.choices[0].text == clients.said and answer.usage is not None
    stream = clients.openai.completions.create(model=clients.talk, prompt="my name is Ada", stream=True)
    assert "".join(chunk.choices[0].text for chunk in stream) == clients.said


def test_responses(clients: Clients) -> None:
    answer = clients.openai.responses.create(model=clients.talk, input="my name is Ada", instructions="Be kind")
    assert (answer.output_text, answer.status) == (clients.said, "completed")
    assert answer.usage is not None and answer.usage.output_tokens == clients.gateway.settled[0].tokens.output


def test_responses_as_a_stream(clients: Clients) -> None:
    with clients.openai.responses.stream(model=clients.talk, input="my name is Ada") as stream:
        deltas = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        assert stream.get_final_response().output_text == clients.said
    assert deltas == clients.said


def test_responses_with_tools(clients: Clients) -> None:
    tool: Any = {"type": "function", "name": "look_up", "parameters": {"type": "object"}, "strict": False}
    answer = clients.openai.responses.create(model=clients.tool, input=WEATHER, tools=[tool])
    call = answer.output[0]
    assert call.type == "function_call"
    assert (call.name, json.loads(call.arguments)["city"]) == ("look_up", "Bern")
    events = list(clients.openai.responses.create(model=clients.tool, input=WEATHER, tools=[tool], stream=True))
    done = [event.arguments for event in events if event.type == "response.function_call_arguments.done"]
    assert json.loads(done[0])["city"] == "Bern"
    assert [record.tool_calls[0] for record in clients.gateway.settled] == ["look_up"] * 2


@pytest.mark.parametrize("input", ["a text", ["one", "two"], [1, 2, 3], [[1, 2], [3]]])
def test_embeddings(clients: Clients, input: Any) -> None:
    as_base64 = clients.openai.embeddings.create(model=clients.talk, input=input)  # the client decodes it
    as_floats = clients.openai.embeddings.create(model=clients.talk, input=input, encoding_format="float")
    assert len(as_base64.data) == len(as_floats.data) == (2 if input in (["one", "two"], [[1, 2], [3]]) else 1)
    for packed, plain in zip(as_base64.data, as_floats.data, strict=True):
        assert packed.embedding == pytest.approx(plain.embedding, abs=1e-6)
    assert clients.gateway.settled[0].tokens.output == 0


def test_embeddings_of_the_scripted_model_are_near_for_texts_that_share_words(gateway: Gateway) -> None:
    clients = Clients(gateway, "talk", "talk", "")
    texts = ["the cat sat on the mat", "a cat on a mat", "quarterly tax statement"]
    with clients.openai as client:
        data = client.embeddings.create(model="talk", input=texts, dimensions=256).data
    cat, other_cat, tax = (one.embedding for one in data)
    assert len(cat) == 256
    assert sum(a * b for a, b in zip(cat, other_cat, strict=True)) > 0.3
    assert abs(sum(a * b for a, b in zip(cat, tax, strict=True))) < 0.3


def test_models(clients: Clients) -> None:
    assert clients.talk in [model.id for model in clients.openai.models.list()]
    assert clients.openai.models.retrieve(clients.talk).id == clients.talk
    assert clients.talk in [model.id for model in clients.anthropic.models.list()]
    assert clients.anthropic.models.retrieve(clients.talk).display_name == clients.talk


def test_messages(clients: Clients) -> None:
    answer = clients.anthropic.messages.create(
        model=clients.talk, max_tokens=50, messages=[{"role": "user", "content": "my name is Ada"}], system="Be kind"
    )
    assert answer.content[0].type == "text" and answer.content[0].text == clients.said
    assert answer.stop_reason == "end_turn"
    assert answer.usage.output_tokens == clients.gateway.settled[0].tokens.output


def test_messages_as_a_stream(clients: Clients) -> None:
    with clients.anthropic.messages.stream(
        model=clients.talk, max_tokens=50, messages=[{"role": "user", "content": "my name is Ada"}]
    ) as stream:
        assert "".join(stream.text_stream) == clients.said
        assert stream.get_final_message().stop_reason == "end_turn"


def test_messages_with_tools(clients: Clients) -> None:
    tool: Any = {"name": "look_up", "input_schema": {"type": "object"}}
    asked: Any = {"max_tokens": 50, "messages": [{"role": "user", "content": WEATHER}], "tools": [tool]}
    answer = clients.anthropic.messages.create(model=clients.tool, **asked)
    call = answer.content[0]
    assert call.type == "tool_use" and call.name == "look_up" and call.input["city"] == "Bern"
    with clients.anthropic.messages.stream(model=clients.tool, **asked) as stream:
        final = stream.get_final_message().content[0]
    assert final.type == "tool_use" and final.input == call.input
    result: Any = {"type": "tool_result", "tool_use_id": call.id, "content": "my name is Ada"}
    said: Any = [{"role": "assistant", "content": answer.content}, {"role": "user", "content": [result]}]
    messages = [*asked["messages"], *said]
    if clients.tool != "tool":  # the provider of these tests reads no results of tools
        answer = clients.anthropic.messages.create(model=clients.talk, max_tokens=50, messages=messages)
        assert answer.content[0].type == "text" and answer.content[0].text == clients.said


def test_errors_are_the_clients_own(clients: Clients) -> None:
    with pytest.raises(openai.NotFoundError, match="There is no model 'gpt-9'") as missing:
        clients.openai.chat.completions.create(model="gpt-9", messages=ASKED)
    assert (missing.value.code, missing.value.param) == ("model_not_found", "model")
    with pytest.raises(anthropic.NotFoundError, match="There is no model 'gpt-9'"):
        clients.anthropic.messages.create(model="gpt-9", max_tokens=5, messages=[{"role": "user", "content": "hello"}])
    stranger = clients.openai.with_options(api_key="ao_stranger")
    with pytest.raises(openai.AuthenticationError):
        stranger.models.list()
    clients.gateway.keys.revoke(7)
    with pytest.raises(openai.PermissionDeniedError, match="has ended"):
        clients.openai.responses.create(model=clients.talk, input="hello")
    with pytest.raises(anthropic.PermissionDeniedError, match="has ended"):
        clients.anthropic.messages.create(
            model=clients.talk, max_tokens=5, messages=[{"role": "user", "content": "hello"}]
        )


def test_the_tokens_of_a_prompt_are_counted_and_nothing_is_kept_of_it(clients: Clients, provider: Provider) -> None:
    counted = clients.anthropic.messages.count_tokens(
        model=clients.talk, system="Be brief.", messages=[{"role": "user", "content": "my name is Ada"}]
    )
    assert counted.input_tokens == (14 if provider.asks else 6)
    if provider.asks:
        assert provider.asks[0].path == "/v1/messages/count_tokens"
        assert provider.asks[0].headers["anthropic-version"]
    assert clients.gateway.records == []
    with pytest.raises(anthropic.NotFoundError, match="no model 'gpt-9'"):
        clients.anthropic.messages.count_tokens(model="gpt-9", messages=[{"role": "user", "content": "x"}])


@pytest.fixture
def passing(gateway: Gateway, provider: Provider) -> Iterator[Clients]:
    gateway.passes_to(provider, "echo", "words-20", retries=0)
    made = Clients(gateway, "echo", "echo", "")
    yield made
    made.openai.close()
    made.anthropic.close()


def test_a_providers_errors_are_the_clients_own(passing: Clients, provider: Provider) -> None:
    provider.always(upstream.refuses(429, "slow down", retry_after="9"))
    with pytest.raises(openai.RateLimitError, match="slow down") as limited:
        passing.openai.chat.completions.create(model="echo", messages=ASKED)
    assert limited.value.response.headers["retry-after"] == "9"
    provider.always(upstream.refuses(500, "broken"))
    with pytest.raises(openai.InternalServerError, match="broken"):
        passing.openai.responses.create(model="echo", input="x")
    provider.always(upstream.refuses(529, "overloaded"))
    with pytest.raises(anthropic.InternalServerError, match="overloaded"):
        passing.anthropic.messages.create(model="echo", max_tokens=5, messages=[{"role": "user", "content": "x"}])


def test_a_client_that_tries_again_is_answered(passing: Clients, provider: Provider) -> None:
    provider.misbehave(upstream.refuses(503))
    client = passing.openai.with_options(max_retries=1)
    assert client.chat.completions.create(model="echo", messages=ASKED).choices
    assert [record.status for record in passing.gateway.settled] == [CallStatus.FAILED, CallStatus.COMPLETED]


def test_a_stream_that_is_cut_is_an_error_of_the_client(passing: Clients, provider: Provider) -> None:
    provider.always(upstream.cut(after_events=8))
    with pytest.raises(openai.APIError, match="broke"):
        list(passing.openai.chat.completions.create(model="words-20", messages=ASKED, stream=True))
    with pytest.raises(openai.APIError, match="broke"):
        list(passing.openai.completions.create(model="words-20", prompt="x", stream=True))
    with pytest.raises(openai.APIError, match="broke"):
        list(passing.openai.responses.create(model="words-20", input="x", stream=True))
    stream = passing.anthropic.messages.create(
        model="words-20", max_tokens=5, messages=[{"role": "user", "content": "x"}], stream=True
    )
    with pytest.raises(anthropic.APIError, match="broke"):
        list(stream)


def test_a_stream_that_is_closed_is_metered_as_cut(passing: Clients, provider: Provider) -> None:
    provider.misbehave(upstream.pauses(after_events=4, seconds=20))
    stream = passing.openai.chat.completions.create(model="words-20", messages=ASKED, stream=True)
    next(iter(stream))
    stream.close()
    record = passing.gateway.wait_for_record()
    assert record.status is CallStatus.CUT and record.tokens.estimated


def test_an_asynchronous_call_that_is_cancelled_is_metered_as_cut(passing: Clients, provider: Provider) -> None:
    provider.misbehave(upstream.hangs)

    async def cancelled() -> None:
        async with openai.AsyncOpenAI(base_url=passing.root + "/v1", api_key=passing.gateway.key) as client:
            call = asyncio.create_task(client.chat.completions.create(model="echo", messages=ASKED))
            while not provider.asks:
                await asyncio.sleep(0.01)
            call.cancel()
            await asyncio.wait([call])

    asyncio.run(cancelled())
    assert passing.gateway.wait_for_record().status is CallStatus.CUT
