"""BabyAGI's pure parts, by their files: the package of its worker half needs babyagi's environment."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

import orchestra_plugins.babyagi
from orchestra.domain.frameworks import Framework
from orchestra_plugins.babyagi import orchestra_frameworks

_FOLDER = Path(orchestra_plugins.babyagi.__file__).with_name("worker")


def part(name: str) -> ModuleType:
    key = f"babyagi_worker_{name}"
    if key not in sys.modules:
        spec = importlib.util.spec_from_file_location(key, _FOLDER / f"{name}.py")
        assert spec is not None and spec.loader is not None
        sys.modules[key] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[key])
    return sys.modules[key]


@pytest.fixture
def tasks() -> ModuleType:
    return part("tasks")


@pytest.fixture
def memory() -> ModuleType:
    return part("memory")


@pytest.fixture
def framework() -> Framework:
    return next(iter(orchestra_frameworks()))
