"""How the agent gets on with a gateway that refuses, breaks off, or is away."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from orchestra.worker.context import RunFailed
from orchestra_plugins.miniagi.worker.model import Gateway

DONE = "<r>Fine.</r><c>done</c>"


def test_request_is_streamed_with_the_run_key(work: Any, gateway: Any, context: Any):
    work()
    (request,) = gateway.requests
    assert request["path"] == "/llm/v1/chat/completions"
    assert request["authorization"] == f"Bearer {context.gateway_key}"
    assert request["stream"] and request["stream_options"] == {"include_usage": True}


def test_pieces_are_shown_as_they_come(work: Any, context: Any):
    work()
    assert context.tokens == ["<r>All ", "is ", "said.</r><c>done</c>"]


@pytest.mark.parametrize("status", [401, 402, 403])
def test_refusal_ends_the_run_at_once(work: Any, gateway: Any, status: int):
    gateway.answer = lambda _: (status, "The budget is spent.")
    with pytest.raises(RunFailed, match=rf"refused the call \(HTTP {status}\): The budget is spent\."):
        work()
    assert len(gateway.requests) == 1


def test_unknown_model_ends_the_run(work: Any, gateway: Any):
    gateway.answer = lambda _: (404, "There is no model 'm'.")
    with pytest.raises(RunFailed, match="There is no model 'm'"):
        work()


@pytest.mark.parametrize("trouble", [None, (502, "away"), (503, "starting")])
def test_short_trouble_is_sat_out(work: Any, gateway: Any, context: Any, trouble: Any):
    answers = [trouble, trouble, DONE]
    gateway.answer = lambda _: answers.pop(0)
    assert work()["steps"] == 1
    assert len(gateway.requests) == 3
    assert any("asked again" in line for line in context.logs)


def test_restarting_gateway_is_waited_for(work: Any, gateway: Any, context: Any, eventually: Any):
    gateway.close()
    opener = after(eventually, lambda: len(context.logs) >= 2, gateway.open)
    assert work()["steps"] == 1
    opener.join()


def test_patience_has_an_end(context: Any):
    context.gateway_url = "http://127.0.0.1:1/v1"
    with pytest.raises(RunFailed, match="could not be reached for 1 seconds"):
        Gateway(context, patience_seconds=1).ask("Hello", "m")


def test_cancelling_interrupts_a_silent_model(work: Any, gateway: Any, context: Any, eventually: Any):
    silence = threading.Event()
    gateway.answer = lambda _: silence.wait(20) and None
    stopper = after(eventually, lambda: bool(gateway.requests), context.cancel)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt, match="asked to stop"):
        work()
    assert time.monotonic() - began < 5
    silence.set()
    stopper.join()


def test_cancelling_interrupts_the_waiting(context: Any, eventually: Any):
    context.gateway_url = "http://127.0.0.1:1/v1"
    stopper = after(eventually, lambda: bool(context.logs), context.cancel)
    with pytest.raises(KeyboardInterrupt, match="asked to stop"):
        Gateway(context).ask("Hello", "m")
    stopper.join()


def after(eventually: Any, holds: Callable[[], bool], act: Callable[[], None]) -> threading.Thread:
    def wait_and_act() -> None:
        eventually(holds)
        act()

    thread = threading.Thread(target=wait_and_act)
    thread.start()
    return thread
