"""Orca's modes in a context that records, against a gateway that really listens."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from guest import Gateway, RecordingContext

from orchestra.domain.frameworks import Framework
from orchestra.services.configuration import check, with_defaults
from orchestra_plugins.orca import orchestra_frameworks
from orchestra_plugins.orca.worker import run


@pytest.fixture
def framework() -> Framework:
    return next(iter(orchestra_frameworks()))


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    running = Gateway(lambda _: "Nothing.")
    yield running
    running.close()


@pytest.fixture
def context(tmp_path: Path, gateway: Gateway) -> RecordingContext:
    return RecordingContext(tmp_path, gateway.url)


@pytest.fixture
def work(framework: Framework, context: RecordingContext) -> Callable[..., dict[str, Any]]:
    """Run an agent in `context`, with its configuration checked and filled in as the server does it."""

    def start(given: dict[str, Any] | None = None, **configuration: Any) -> dict[str, Any]:
        whole = {"task": "The task.", "teacher_model": "t", **configuration}
        check(framework, whole)
        request = SimpleNamespace(configuration=with_defaults(framework, whole), input=given or {})
        return run(request, context)  # pyright: ignore[reportArgumentType]

    return start
