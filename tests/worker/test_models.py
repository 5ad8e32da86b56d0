"""How a loop without a client of its own gets on with a gateway that answers, refuses, breaks off, or is away."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from guest import Gateway, RecordingContext

from orchestra.worker.context import RunFailed
from orchestra.worker.toolbox.models import Models


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    running = Gateway(lambda _: "All is said.")
    yield running
    running.close()


@pytest.fixture
def context(tmp_path: Path, gateway: Gateway) -> RecordingContext:
    return RecordingContext(tmp_path, gateway.url)


def test_request_is_streamed_with_the_run_key(gateway: Gateway, context: RecordingContext):
    assert context.chat("Hello", "m", temperature=0, max_tokens=5) == "All is said."
    (request,) = gateway.requests
    assert request["path"] == "/llm/v1/chat/completions"
    assert request["authorization"] == f"Bearer {context.gateway_key}"
    assert request["messages"] == [{"role": "user", "content": "Hello"}]
    assert request["stream"] and request["stream_options"] == {"include_usage": True}
    assert (request["model"], request["temperature"], request["max_tokens"]) == ("m", 0, 5)


def test_messages_go_as_they_are(gateway: Gateway, context: RecordingContext):
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]
    context.chat(messages, "m")
    assert gateway.requests[0]["messages"] == messages


def test_pieces_are_shown_as_they_come(context: RecordingContext):
    context.chat("Hello", "m")
    assert context.tokens == ["All ", "is ", "said."]


def test_embeddings_come_in_the_order_of_their_texts(gateway: Gateway, context: RecordingContext):
    assert context.embed(["a", "bbb"], "e") == [[1.0, 1.0], [3.0, 1.0]]
    assert gateway.requests[0]["path"] == "/llm/v1/embeddings"


@pytest.mark.parametrize("status", [401, 402, 403])
def test_refusal_ends_the_run_at_once(gateway: Gateway, context: RecordingContext, status: int):
    gateway.answer = lambda _: (status, "The budget is spent.")
    with pytest.raises(RunFailed, match=rf"refused the call \(HTTP {status}\): The budget is spent\."):
        context.chat("Hello", "m")
    assert len(gateway.requests) == 1


def test_unknown_model_ends_the_run(gateway: Gateway, context: RecordingContext):
    gateway.answer = lambda _: (404, "There is no model 'm'.")
    with pytest.raises(RunFailed, match="There is no model 'm'"):
        context.chat("Hello", "m")


@pytest.mark.parametrize("trouble", [None, (502, "away"), (503, "starting")])
def test_short_trouble_is_sat_out(gateway: Gateway, context: RecordingContext, trouble: Any):
    answers = [trouble, trouble, "Here."]
    gateway.answer = lambda _: answers.pop(0)
    assert context.chat("Hello", "m") == "Here."
    assert len(gateway.requests) == 3
    assert any("asked again" in line for line in context.logs)


def test_restarting_gateway_is_waited_for(gateway: Gateway, context: RecordingContext):
    gateway.close()
    opener = after(lambda: len(context.logs) >= 2, gateway.open)
    assert context.chat("Hello", "m") == "All is said."
    opener.join()


def test_patience_has_an_end(context: RecordingContext):
    context.gateway_url = "http://127.0.0.1:1/v1"
    with pytest.raises(RunFailed, match="could not be reached for 1 seconds"):
        Models(context, patience_seconds=1).chat("Hello", "m")  # pyright: ignore[reportArgumentType]


def test_cancelling_interrupts_all_who_wait_for_a_silent_model(gateway: Gateway, context: RecordingContext):
    silence = threading.Event()
    gateway.answer = lambda _: (silence.wait(20), None)[1]
    stopper = after(lambda: len(gateway.requests) == 2, context.cancel)
    ended: list[str] = []

    def ask() -> None:
        try:
            context.chat("Hello", "m")
        except KeyboardInterrupt as stopped:
            ended.append(str(stopped))

    began = time.monotonic()
    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in [*threads, stopper]:
        thread.join()
    assert time.monotonic() - began < 5
    assert ended == ["The run was asked to stop."] * 2
    silence.set()


def test_cancelling_interrupts_the_waiting(context: RecordingContext):
    context.gateway_url = "http://127.0.0.1:1/v1"
    stopper = after(lambda: bool(context.logs), context.cancel)
    with pytest.raises(KeyboardInterrupt, match="asked to stop"):
        context.chat("Hello", "m")
    stopper.join()


def after(holds: Callable[[], bool], act: Callable[[], None]) -> threading.Thread:
    """Do it as soon as something holds, in a thread; within five seconds."""

    def wait_and_act() -> None:
        end = time.monotonic() + 5
        while not holds() and time.monotonic() < end:
            time.sleep(0.02)
        act()

    thread = threading.Thread(target=wait_and_act)
    thread.start()
    return thread
