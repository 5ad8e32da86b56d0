"""The fixture for tests of plugins' authors; pytest finds it by the entry point `pytest11`.

It is loaded into every test run beside us, so it imports nothing of ours until it is used.
"""

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def orchestra_conformance(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], list[str]]:
    """Examine the plugin of that name: a sentence for each thing that breaks the contract, an empty list if none does.

    Environments are kept in pytest's cache.
    """
    cache = getattr(request.config, "cache", None)
    data_dir = tmp_path if cache is None else Path(cache.mkdir("orchestra"))

    def examine(name: str) -> list[str]:
        from orchestra.testing.conformance import examine as find

        return [f"{one.subject}: {one.problem}" for one in find(name, data_dir) if one.problem is not None]

    return examine
