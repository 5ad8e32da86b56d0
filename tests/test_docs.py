"""What the documents say is so."""

import dataclasses
import re
import tomllib
from pathlib import Path

import pytest

from orchestra import hookspecs
from orchestra.cli.group import _VERBS
from orchestra.domain.events import EventKind, LogLevel
from orchestra.domain.executions import FailureClass
from orchestra.domain.frameworks import Framework
from orchestra.errors import OrchestraError
from orchestra.settings import Settings

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def text(name: str) -> str:
    return (DOCS / name).read_text()


def test_every_setting_is_described_with_its_own_words() -> None:
    page = text("settings.md")
    for name, field in Settings.model_fields.items():
        assert re.search(rf"`ORCHESTRA_{name.upper()}` \| .+ \| {re.escape(str(field.description))} \|", page), name
    assert page.count("`ORCHESTRA_") == len(Settings.model_fields)


def test_every_kind_of_event_and_level_is_described() -> None:
    page = text("worker-protocol.md")
    section = page.split("\n## The journal")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [kind.value for kind in EventKind]
    assert f"Levels: {', '.join(level.value for level in LogLevel)}." in page


def test_every_class_of_failure_is_described() -> None:
    section = text("worker-protocol.md").split("\n## Why it failed")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [failure.value for failure in FailureClass]


def test_every_dependency_has_its_reason() -> None:
    section = text("architecture.md").split("\n## Dependencies")[1]
    table = re.findall(r"^\| ([a-z0-9-]+(?:\[\w+\])?) \| .+ \|$", section, re.MULTILINE)[1:]
    declared = [re.split(r"[><=]", dependency)[0] for dependency in PROJECT["project"]["dependencies"]]
    assert table == declared


def test_every_place_of_the_import_map_is_in_the_tree() -> None:
    page = text("architecture.md")
    layers = PROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    modules = [module for layer in layers for module in layer.split(" | ") if module != "__main__"]
    for module in modules:
        assert re.search(rf"^ *{module}(/|\.py)| {module}\.py", page, re.MULTILINE), module


def test_every_module_of_the_engine_is_in_the_tree() -> None:
    tree = text("architecture.md").split("```")[1]
    for path in (ROOT / "orchestra" / "engine").glob("[a-z]*.py"):
        assert re.search(rf"\b{path.stem}\b", tree), path.stem


def test_every_verb_is_described() -> None:
    for verb in _VERBS:
        assert f"`orchestra {verb}" in text("cli.md")


def test_every_hook_is_described() -> None:
    for hook in (name for name in dir(hookspecs) if name.startswith("orchestra_")):
        assert f"def {hook}(" in text("plugins.md")


def test_every_field_of_a_framework_is_described() -> None:
    page = text("plugins.md")
    for field in dataclasses.fields(Framework):
        assert re.search(rf"`{field.name}`|\b{field.name}=", page), field.name


def test_every_error_code_of_the_api_is_described() -> None:
    def codes(kind: type[OrchestraError]) -> set[str]:
        return {kind.code}.union(*(codes(child) for child in kind.__subclasses__()))

    unseen = {"internal_error", "cannot_start", "newer_schema", "data_folder_in_use", "forbidden"}
    for code in codes(OrchestraError) - unseen:
        assert f"`{code}`" in text("rest-api.md"), code


def test_the_readme_shows_both_commands_first() -> None:
    readme = (ROOT / "README.md").read_text()
    block = readme.split("```")[1]
    assert re.findall(r"^make (\w+)", block, re.MULTILINE) == ["run", "test"]
    assert readme.index("make run") < readme.index("![")


@pytest.mark.parametrize("page", [ROOT / "README.md", *DOCS.glob("*.md")], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        assert target.startswith("http") or (page.parent / target).exists(), target


def test_the_plugin_in_the_documentation_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint

    from orchestra.registry import Registry

    server_half, worker_half = (
        re.search(rf"## The {half} half.*?```python\n(.*?)```", text("plugins.md"), re.DOTALL)
        for half in ("server", "worker")
    )
    assert server_half
    assert worker_half
    package = tmp_path / "documented_plugin"
    package.mkdir()
    (package / "__init__.py").write_text(server_half[1])
    (package / "worker.py").write_text(worker_half[1])
    monkeypatch.syspath_prepend(str(tmp_path))
    registry = Registry()
    registry.load([EntryPoint("documented", "documented_plugin", "orchestra")])
    assert registry.plugins[0].error is None
    assert "myframework" in registry.frameworks
