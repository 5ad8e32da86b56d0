"""A new plugin is written whole or not at all. That its tests pass is proven in tests/frameworks."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from orchestra.errors import Conflict, Invalid
from orchestra.registry import Registry
from orchestra.scaffold.scaffold import write_plugin
from orchestra.testing.conformance import examine_framework


def test_a_new_plugin_loads_and_keeps_the_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = write_plugin("my-robot", tmp_path)
    monkeypatch.syspath_prepend(str(target))
    registry = Registry()
    registry.load([EntryPoint("my-robot", "orchestra_my_robot", "orchestra")])
    monkeypatch.delitem(sys.modules, "orchestra_my_robot")
    framework = registry.frameworks["my-robot"]
    findings = list(examine_framework(framework, registry.scripts(), tmp_path))
    assert [one for one in findings if one.problem or one.note] == []


@pytest.mark.parametrize("name", ["../../x", "", "Upper", "1st", "a/b", "a b", "x" * 41, "a\n"])
def test_a_name_that_leads_elsewhere_writes_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(Invalid, match="is no name for a plugin"):
        write_plugin(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    kept = tmp_path / "orchestra-mine" / "kept"
    kept.parent.mkdir()
    kept.touch()
    with pytest.raises(Conflict, match="is there already"):
        write_plugin("mine", tmp_path)
    assert list(kept.parent.iterdir()) == [kept]


def test_nothing_half_written_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestra.errors import Unavailable
    from orchestra.scaffold import scaffold

    monkeypatch.setitem(scaffold._PLACES, "missing.txt", "missing")
    with pytest.raises(Unavailable, match="could not be written"):
        write_plugin("mine", tmp_path)
    assert list(tmp_path.iterdir()) == []
