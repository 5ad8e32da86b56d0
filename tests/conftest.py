"""Servers for tests: one for a whole module where tests cannot harm it, a fresh one where they may."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import ServerUnderTest, running_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerUnderTest]:
    """A server that many tests share: they make agents of their own and look only at those."""
    with running_server(tmp_path_factory.mktemp("shared")) as running:
        yield running


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[ServerUnderTest]:
    """A server for one test, which may kill and restart it."""
    with running_server(tmp_path) as running:
        yield running
