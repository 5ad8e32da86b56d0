"""What the documents say is so."""

import dataclasses
import inspect
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from orchestra import hookspecs
from orchestra.cli.group import _VERBS
from orchestra.domain.events import EventKind, LogLevel
from orchestra.domain.executions import FailureClass
from orchestra.domain.frameworks import Framework
from orchestra.errors import OrchestraError
from orchestra.settings import Settings
from orchestra.worker import adapter

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


def test_every_hook_is_described_with_its_live_signature() -> None:
    section = text("plugins.md").split("\n### The hooks")[1].split("\n##")[0]
    live = {name: value for name, value in vars(hookspecs).items() if name.startswith("orchestra_")}
    documented = functions_in(section)
    assert {name: signature_of(hook) for name, hook in live.items()} == documented
    assert f"API version {hookspecs.API_VERSION}" in text("plugins.md")
    for hook in live.values():
        said = " ".join(str(hook.__doc__).split())
        assert said.split(". ")[0] in " ".join(section.split())


def test_the_context_of_workers_is_described_with_its_live_signatures() -> None:
    section = text("plugins.md").split("\n## The worker half")[1].split("\n## ")[0]
    live = {name: member for kind in (adapter.Context, adapter.Step) for name, member in members(kind)}
    assert {name: signature_of(member) for name, member in live.items()} == functions_in(section, "class Context")
    for kind in (adapter.Context, adapter.Step):
        for attribute in kind.__annotations__:
            assert re.search(rf"^    {attribute}: str", section, re.MULTILINE), attribute


def test_every_field_of_a_framework_is_described() -> None:
    page = text("plugins.md")
    for field in dataclasses.fields(Framework):
        assert f"`{field.name}`" in page, field.name


def test_every_check_of_the_conformance_kit_is_described() -> None:
    section = text("plugins.md").split("\n## Check")[1].split("\n## ")[0]
    source = (ROOT / "orchestra" / "testing" / "conformance.py").read_text()
    described = re.findall(r"^\| ([a-z][^|]+?) \|", section, re.MULTILINE)[1:]
    assert len(described) == 8
    for check in described:
        assert check in source, check


def members(kind: type) -> list[tuple[str, Any]]:
    found = [(name, member) for name, member in vars(kind).items() if not name.startswith("_")]
    return [
        (name, getattr(member, "fget", member)) for name, member in found if callable(getattr(member, "fget", member))
    ]


def signature_of(function: Any) -> str:
    return plain(f"{inspect.signature(function, eval_str=False)}".replace("collections.abc.", ""))


def functions_in(section: str, begins: str = "") -> dict[str, str]:
    """The signature of each function in the Python of a section, from the block that holds `begins`."""
    code = next(block for block in re.findall(r"```python\n(.*?)```", section, re.DOTALL) if begins in block)
    return {name: plain(rest) for name, rest in re.findall(r"def (\w+)(\(.*?\) -> [^:]+):", code, re.DOTALL)}


def plain(signature: str) -> str:
    one_line = re.sub(r"\s+", " ", signature).replace("( ", "(").replace(", )", ")")
    return re.sub(r"\b(?:\w+\.)+(?=[A-Z])", "", one_line).replace("'", "").replace('"', "")


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
