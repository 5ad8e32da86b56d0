"""What is seen of function files, by reading alone, and what can be configured."""

from pathlib import Path
from typing import Any

import pytest

from orchestra.domain.frameworks import Framework
from orchestra.errors import Invalid
from orchestra.services.configuration import check
from orchestra_plugins.babyagi.projects import read_project

FUNCTIONS = """
import babyagi
open("was-run", "w").close()

@babyagi.register_function(metadata={"description": "Adds."})
def add(a: int, b: int) -> int:
    return a + b

@babyagi.register_function()
def double(a: int) -> int:
    return 2 * a

def helper():
    pass
"""


def test_function_files_become_an_agent_and_are_not_run(tmp_path: Path, framework: Framework) -> None:
    (tmp_path / "sums.py").write_text(FUNCTIONS)
    (tmp_path / "other.py").write_text("def add(): pass")
    (tmp_path / "broken.py").write_text("import babyagi\ndef (")
    project = read_project(tmp_path)
    assert project is not None
    (found,) = project.agents
    assert (project.source, found.kind, found.description) == ("sums.py", "functionz", "It has add, double.")
    assert found.configuration["function_files"] == ["sums.py"]
    assert not (tmp_path / "was-run").exists()
    check(framework, found.configuration)
    assert read_project(tmp_path / "sums.py") == project


@pytest.mark.parametrize("source", ["", "import babyagi", "import other\n@other.register_function()\ndef f(): pass"])
def test_other_files_are_no_projects(tmp_path: Path, source: str) -> None:
    (tmp_path / "file.py").write_text(source)
    assert read_project(tmp_path) is None and read_project(tmp_path / "file.py") is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"objective": " "},
        {"engine": "langchain"},
        {"max_iterations": 0},
        {"context_results": 51},
        {"tools": ["get_all_secret_keys"]},
        {"keys": [{"name": "no name", "value": "x"}]},
        {"keys": [{"name": "key"}]},
    ],
)
def test_nonsense_is_refused(framework: Framework, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        check(framework, {"objective": "o", "model": "m", **wrong})
