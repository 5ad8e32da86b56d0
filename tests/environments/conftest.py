"""A data folder, a folder of tiny wheels that uv finds instead of an index, and a framework of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from wheels import lock_of, wheel

from orchestra.domain.frameworks import Framework
from orchestra.environments.interpreters import Python, probe
from orchestra.environments.layout import Layout

Declare = Callable[..., Framework]


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "links"
    folder.mkdir()
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    return folder


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout.of(tmp_path / "data")


@pytest.fixture
def declare(tmp_path: Path, links: Path) -> Declare:
    """Makes a framework whose lock has the packages given, or one tiny wheel."""

    def declare(*packages: Path, id: str = "tiny", imports: tuple[str, ...] = ("tinypkg",), **more: Any) -> Framework:
        lock = lock_of(tmp_path / f"{id}.lock", *(packages or [wheel(links, "tinypkg")]))
        return Framework(
            **{
                "id": id,
                "title": "Tiny",
                "description": "",
                "homepage": "",
                "license": "MIT",
                "python": ">=3.9",
                "config_schema": {},
                "worker": tmp_path,
                "requirements": lock,
                "imports": imports,
                **more,
            }
        )

    return declare


@pytest.fixture(scope="session")
def python() -> Python:
    """The Python that runs us, which is surely there."""
    import sys

    found = probe(Path(sys.executable))
    assert found is not None
    return found
