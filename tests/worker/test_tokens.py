"""What stands in for tiktoken's tables."""

import sys
from types import ModuleType, SimpleNamespace

import pytest

from orchestra.worker.toolbox.tokens import count_offline


def test_estimates_take_the_place_of_tables_that_are_not_loaded(monkeypatch: pytest.MonkeyPatch):
    loaded = object()
    package = ModuleType("tiktoken")
    package.registry = SimpleNamespace(ENCODINGS={"gpt2": loaded})  # pyright: ignore[reportAttributeAccessIssue]
    monkeypatch.setitem(sys.modules, "tiktoken", package)
    count_offline()
    encodings = package.registry.ENCODINGS  # pyright: ignore[reportAttributeAccessIssue]
    assert encodings["gpt2"] is loaded
    assert len(encodings["cl100k_base"].encode("nine chars")) == 3
    assert [len(one) for one in encodings["o200k_base"].encode_batch(["", "a"])] == [0, 1]


def test_nothing_happens_without_tiktoken(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "tiktoken", None)
    count_offline()
    assert sys.modules["tiktoken"] is None
