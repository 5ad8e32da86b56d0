"""What the tests of the screens share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from screens import Visit, visiting
from servers import PLUGINS


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def visit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Visit]:
    """A visitor in front of an installation that is theirs alone."""
    monkeypatch.syspath_prepend(str(PLUGINS))
    async with visiting(tmp_path) as visit:
        yield visit
