"""The agent's loop in a context that records, against a gateway that really listens and plays a sample's script."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from guest import Answer, Gateway, RecordingContext, player

from orchestra.domain.frameworks import Framework
from orchestra.services.configuration import check, with_defaults
from orchestra_plugins.miniagi import orchestra_frameworks
from orchestra_plugins.miniagi.worker import run


def replies(*texts: Answer) -> Callable[[str], Answer]:
    """Gives these to the prompts for a next step, one after the other, then done; echoes what is to be condensed."""
    left = list(texts)

    def answer(prompt: str) -> Answer:
        if not prompt.startswith("You are MiniAGI"):
            return f"({prompt.split()[0]})"
        return left.pop(0) if left else "<r>All is said.</r><c>done</c>"

    return answer


@pytest.fixture
def framework() -> Framework:
    return next(iter(orchestra_frameworks()))


@pytest.fixture
def play() -> Callable[[Path], Callable[[str], str]]:
    return player


@pytest.fixture
def scripted() -> Callable[..., Callable[[str], Answer]]:
    return replies


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """By default it ends every run at once; set `answer` for more."""
    running = Gateway(replies())
    yield running
    running.close()


@pytest.fixture
def context(tmp_path: Path, gateway: Gateway) -> RecordingContext:
    return RecordingContext(tmp_path, gateway.url)


@pytest.fixture
def work(framework: Framework, context: RecordingContext) -> Callable[..., dict[str, Any]]:
    """Run the agent in `context`, with its configuration checked and filled in as the server does it."""

    def start(given: dict[str, Any] | None = None, **configuration: Any) -> dict[str, Any]:
        whole = {"objective": "Test.", "model": "m", **configuration}
        check(framework, whole)
        request = SimpleNamespace(configuration=with_defaults(framework, whole), input=given or {})
        return run(request, context)  # pyright: ignore[reportArgumentType]

    return start


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Wait until it holds, at most five seconds."""

    def wait(holds: Callable[[], bool]) -> None:
        end = time.monotonic() + 5
        while not holds():
            assert time.monotonic() < end, "It did not come to hold within five seconds."
            time.sleep(0.02)

    return wait
