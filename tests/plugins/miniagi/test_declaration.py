"""What the server learns of MiniAGI, and what a guest's interpreter must be able to read."""

import ast
from pathlib import Path
from typing import Any

import pytest

from orchestra.domain.frameworks import Framework, scripted_model
from orchestra.errors import Invalid
from orchestra.services.configuration import check

NEEDED = {"objective": "Count.", "model": "m"}


def test_samples_fit_the_schema(framework: Framework):
    assert [sample.id for sample in framework.samples] == ["squares", "shell"]
    for sample in framework.samples:
        check(framework, sample.configuration)
        assert sample.configuration["model"] == scripted_model("miniagi", sample.id)


def test_every_field_explains_itself(framework: Framework):
    for name, field in framework.config_schema["properties"].items():
        assert field["title"] and field["description"], name
        assert "default" in field or name in framework.config_schema["required"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"objective": "  "},
        {"model": ""},
        {"max_steps": 0},
        {"max_steps": 2.5},
        {"command_timeout": 0},
        {"commands": []},
        {"commands": ["google"]},
        {"web_search_provider": "google"},
        {"commands": ["done", "done"]},
        {"unknown": 1},
    ],
)
def test_nonsense_is_refused(framework: Framework, wrong: dict[str, Any]):
    with pytest.raises(Invalid):
        check(framework, {**NEEDED, **wrong})


def test_worker_reads_as_python_39(framework: Framework):
    for file in sorted(framework.worker.glob("*.py")):
        ast.parse(file.read_text(), file.name, feature_version=(3, 9))


def test_worker_imports_only_the_standard_library(framework: Framework):
    allowed = {"__future__", "orchestra"}  # the latter for the type checker only
    for file in sorted(framework.worker.glob("*.py")):
        assert imported(file) <= allowed | set(__import__("sys").stdlib_module_names), file.name


def imported(file: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(file.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    from_ = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    return {name.partition(".")[0] for name in plain | from_}
