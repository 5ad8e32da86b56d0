"""Plugins: each is loaded alone, and a broken one hurts nobody."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from orchestra.domain.plugins import PluginState
from orchestra.registry import Registry

SOUND = """
from pathlib import Path
from orchestra.domain.frameworks import Framework
from orchestra.hookspecs import hookimpl
{before}
@hookimpl
def orchestra_frameworks():
    return [Framework(id={id!r}, title="T", description="", homepage="", license="MIT", python=">=3.9",
                      config_schema={schema}, worker=Path({worker}))]
{after}
"""


def plugin(folder: Path, name: str, text: str) -> EntryPoint:
    (folder / f"{name}.py").write_text(text)
    return EntryPoint(name, name, "orchestra")


def sound(folder: Path, name: str, **changes: str) -> EntryPoint:
    parts = {"id": name, "schema": "{}", "worker": "__file__", "before": "", "after": "", **changes}
    text = SOUND.format(**parts)
    return plugin(folder, name, text)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def loaded(*entry_points: EntryPoint) -> Registry:
    registry = Registry()
    try:
        registry.load(entry_points)
    finally:
        for entry_point in entry_points:
            sys.modules.pop(entry_point.value, None)
    return registry


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import no_such_library", "no_such_library"),
        ("raise SystemExit('bye')", "SystemExit: bye"),
        ("this is no python", "SyntaxError"),
    ],
)
def test_a_plugin_that_cannot_be_imported_is_listed_with_its_error(folder: Path, text: str, said: str) -> None:
    registry = loaded(plugin(folder, "bad_plugin", text), sound(folder, "good_plugin"))
    bad, good = registry.plugins
    assert (bad.state, good.state) == (PluginState.FAILED, PluginState.LOADED)
    assert said in str(bad.error)
    assert list(registry.frameworks) == ["good_plugin"]


def test_a_second_plugin_cannot_take_a_frameworks_id(folder: Path) -> None:
    first, second = loaded(sound(folder, "a_first", id="same"), sound(folder, "b_second", id="same")).plugins
    assert (first.state, second.state) == (PluginState.LOADED, PluginState.FAILED)
    assert "already taken" in str(second.error)


def test_a_plugin_for_another_contract_is_incompatible(folder: Path) -> None:
    (record,) = loaded(sound(folder, "future_plugin", before="ORCHESTRA_API = 99")).plugins
    assert (record.state, "version 99" in str(record.error)) == (PluginState.INCOMPATIBLE, True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"id": "../../etc"}, "is no framework id"),
        ({"id": "Upper"}, "is no framework id"),
        ({"worker": "'/nowhere/worker.py'"}, "worker half"),
        ({"schema": "{'type': 'nonsense'}"}, "no JSON Schema"),
        ({"after": "@hookimpl\ndef orchestra_misspelt(): pass"}, "orchestra_misspelt"),
        ({"after": "orchestra_frameworks = hookimpl(lambda: 1 / 0)"}, "ZeroDivisionError"),
        ({"after": "orchestra_frameworks = hookimpl(lambda: ['x'])"}, "Framework objects"),
    ],
)
def test_a_plugin_that_breaks_the_contract_is_left_out(folder: Path, changes: dict[str, str], said: str) -> None:
    registry = loaded(sound(folder, "odd_plugin", **changes))
    (record,) = registry.plugins
    assert (record.state, said in str(record.error)) == (PluginState.FAILED, True), record.error
    assert registry.frameworks == {}


def test_the_built_in_plugins_load(folder: Path) -> None:
    registry = Registry()
    registry.load()
    assert "miniagi" in registry.frameworks
    assert registry.scripts()


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ("requirements=Path('missing.lock')", "its file 'missing.lock' is missing"),
        ("requirements_by_python={'3.11': Path('missing.lock')}", "is missing"),
        ("environment_files={'../../x': ''}", "would not lie inside its environment"),
        ("imports=('os; import sys',)", "is no module"),
    ],
)
def test_a_declaration_that_cannot_become_an_environment_is_refused(folder: Path, declared: str, words: str) -> None:
    registry = loaded(sound(folder, "declared", schema="{}, " + declared), sound(folder, "fine"))
    assert [record.state for record in registry.plugins] == [PluginState.FAILED, PluginState.LOADED]
    assert words in (registry.plugins[0].error or "")


def test_a_framework_may_not_take_a_word_of_ours_as_its_id(folder: Path) -> None:
    assert "a word of ours" in (loaded(sound(folder, "doctor")).plugins[0].error or "")
