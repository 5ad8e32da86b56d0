"""Plugins: each is loaded alone, and a broken one hurts nobody."""

import shutil
import subprocess
import sys
import time
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest

import orchestra.registry
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


def test_a_plugin_that_hangs_when_it_is_imported_holds_nobody_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orchestra.registry, "PATIENCE_SECONDS", 0.3)
    began = time.monotonic()
    slow, good = loaded(plugin(folder, "a_slow_plugin", "import time\ntime.sleep(60)"), sound(folder, "good")).plugins
    assert time.monotonic() - began < 30
    assert (slow.state, good.state) == (PluginState.FAILED, PluginState.LOADED)
    assert "was not loaded within 0.3 seconds" in str(slow.error)
    assert slow.load_ms >= 300


def test_many_plugins_that_hang_have_one_limit_together(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orchestra.registry, "_PATIENCE_IN_ALL_SECONDS", 0.4)
    monkeypatch.setattr(orchestra.registry, "_LEAST_PATIENCE_SECONDS", 0.1)
    hanging = [plugin(folder, f"hangs_{i}", "import time\ntime.sleep(60)") for i in range(4)]
    assert [record.load_ms < 1000 for record in loaded(*hanging).plugins] == [True] * 4


def test_what_a_hanging_plugin_brings_later_is_not_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orchestra.registry, "PATIENCE_SECONDS", 0.1)
    registry = loaded(sound(folder, "late", before="import time\ntime.sleep(0.5)"))
    time.sleep(0.8)
    assert (registry.plugins[0].state, dict(registry.frameworks)) == (PluginState.FAILED, {})


@pytest.mark.parametrize("text", ["import sys\nsys.exit(3)", "raise KeyboardInterrupt", "raise GeneratorExit"])
def test_a_plugin_that_would_end_the_process_is_only_left_out(folder: Path, text: str) -> None:
    bad, good = loaded(plugin(folder, "a_quitter", text), sound(folder, "good_one")).plugins
    assert (bad.state, good.state) == (PluginState.FAILED, PluginState.LOADED)


def test_an_error_that_cannot_be_printed_is_named_by_its_class(folder: Path) -> None:
    text = "class Rude(Exception):\n    def __str__(self): raise ValueError\nraise Rude"
    assert loaded(plugin(folder, "rude", text)).plugins[0].error == "Rude"


def test_a_stranger_cannot_put_out_a_framework_of_ours_by_coming_first(folder: Path) -> None:
    ours = next(one for one in entry_points(group="orchestra") if one.name == "miniagi")
    registry = loaded(sound(folder, "aaa_thief", id="miniagi"), ours)
    thief = next(record for record in registry.plugins if record.name == "aaa_thief")
    assert "'miniagi' is already taken" in str(thief.error)
    assert registry.frameworks["miniagi"].title == "MiniAGI"


def test_a_second_plugin_cannot_take_a_plugins_name(folder: Path) -> None:
    sound(folder, "one_module")
    sound(folder, "other_module")
    first = EntryPoint("same", "one_module", "orchestra")
    second = EntryPoint("same", "other_module", "orchestra")
    registry = loaded(first, second)
    assert [record.state for record in registry.plugins] == [PluginState.LOADED, PluginState.FAILED]
    assert "The name 'same' is already taken" in str(registry.plugins[1].error)


@pytest.mark.parametrize("name", ["../../x", "", "a b", "x" * 200])
def test_a_name_that_could_lead_elsewhere_is_refused(folder: Path, name: str) -> None:
    sound(folder, "wellbehaved")
    (record,) = loaded(EntryPoint(name, "wellbehaved", "orchestra")).plugins
    assert "is no name for a plugin" in str(record.error)


def distribution(folder: Path, name: str, version: str = "1.0") -> Path:
    """Have the plugin module of that name be found as an installed package."""
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[orchestra]\n{name} = {name}\n")
    return info


def test_a_plugin_that_comes_later_is_loaded_and_one_that_goes_is_taken_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = Registry()
    registry.load()
    frameworks = registry.frameworks
    sound(folder, "latecomer")
    info = distribution(folder, "latecomer")
    monkeypatch.delitem(sys.modules, "latecomer", raising=False)
    assert [record.name for record in registry.refresh()] == ["latecomer"]
    assert {"miniagi", "latecomer"} <= set(frameworks)
    assert registry.refresh() == []
    shutil.rmtree(info)
    registry.refresh()
    assert "latecomer" not in frameworks
    assert "miniagi" in frameworks
    distribution(folder, "latecomer", "2.0")
    assert "Restart the server to use it" in str(registry.refresh()[0].error)


def test_a_plugin_that_failed_is_tried_again_when_it_may_work(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound(folder, "wanting", before="import what_it_wants")
    distribution(folder, "wanting")
    registry = Registry()
    registry.load()
    assert "what_it_wants" in str(next(one.error for one in registry.plugins if one.name == "wanting"))
    (folder / "what_it_wants.py").write_text("")
    registry.refresh()
    assert "wanting" in registry.frameworks
    for module in ("wanting", "what_it_wants"):
        monkeypatch.delitem(sys.modules, module)


def test_going_through_the_frameworks_is_not_disturbed_by_a_new_one(folder: Path) -> None:
    registry = loaded(sound(folder, "first_one"))
    seen = iter(registry.frameworks.values())
    registry.load([sound(folder, "second_one")])
    sys.modules.pop("second_one")
    assert [framework.id for framework in seen] == ["first_one"]
    assert set(registry.frameworks) == {"first_one", "second_one"}


def test_the_server_imports_no_framework_and_no_worker_half(tmp_path: Path) -> None:
    """Not even one that is installed beside it: each known name leads to a module that would be there."""
    names = [
        *("openai", "langgraph", "langchain", "langchain_core", "crewai", "autogen", "autogen_agentchat", "agents"),
        *("pydantic_ai", "llama_index", "google.adk", "semantic_kernel", "smolagents", "agno", "litellm", "torch"),
        *("transformers", "metagpt", "camel", "haystack", "mcp", "tiktoken", "numpy"),
    ]
    code = f"""
import sys
from orchestra.app import create_application
from orchestra.settings import Settings
application = create_application(Settings(data_dir={str(tmp_path)!r}, sample=False), "http://127.0.0.1:9")
assert application.services.frameworks.list()
wrong = {{m for m in sys.modules if m in {names!r} or ".worker" in m and m.startswith("orchestra_plugins")}}
print(sorted(wrong | {{m for m in sys.modules if m.startswith(("orchestra.testing", "orchestra.scaffold", "pytest"))}}))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100)
    assert ran.stdout == "[]\n", ran.stderr
