"""The data agent in a context that records, against a gateway that really listens."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from guest import Answer, Gateway, RecordingContext

from orchestra.domain.frameworks import Framework
from orchestra.services.configuration import check, with_defaults
from orchestra_plugins.openagents import orchestra_frameworks
from orchestra_plugins.openagents.worker import run


class GuestContext(RecordingContext):
    """With what the data agent asks of it besides."""

    def __init__(self, folder: Path, gateway_url: str) -> None:
        super().__init__(folder / "files", gateway_url)
        Path(self.folder).mkdir()
        self.agent_folder = str(folder)

    def place_of(self, project: str) -> str:
        return project


@pytest.fixture
def framework() -> Framework:
    return next(iter(orchestra_frameworks()))


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """It answers at once; set `answer` for more."""
    running = Gateway(lambda _: "All is said.")
    yield running
    running.close()


@pytest.fixture
def scripted() -> Callable[..., Callable[[str], Answer]]:
    """Gives the agent these replies, one after the other, and whoever writes code the code."""

    def play(*replies: Answer, code: str = "print(6 * 7)") -> Callable[[str], Answer]:
        left = list(replies)

        def answer(prompt: str) -> Answer:
            if prompt.startswith("Write one"):
                return f"```\n{code}\n```"
            return left.pop(0) if left else "All is said."

        return answer

    return play


@pytest.fixture
def context(tmp_path: Path, gateway: Gateway) -> GuestContext:
    return GuestContext(tmp_path, gateway.url)


@pytest.fixture
def work(framework: Framework, context: GuestContext) -> Callable[..., dict[str, Any]]:
    """Run the agent in `context`, with its configuration checked and filled in as the server does it."""

    def start(given: dict[str, Any] | None = None, **configuration: Any) -> dict[str, Any]:
        whole = {"model": "m", "task": "Test.", **configuration}
        check(framework, whole)
        request = SimpleNamespace(configuration=with_defaults(framework, whole), input=given or {})
        return run(request, context)  # pyright: ignore[reportArgumentType]

    return start
