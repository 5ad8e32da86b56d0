"""What is seen of a project that uses CAMEL, by reading alone."""

from pathlib import Path

import pytest

from orchestra.domain.frameworks import Framework
from orchestra.services.configuration import check
from orchestra_plugins.camelai import orchestra_frameworks
from orchestra_plugins.camelai.projects import read_project

PROJECTS = Path(__file__).parents[2] / "projects" / "camelai"
_SOURCE = '''"""Everything at once.

More of it.
"""
from camel.agents import ChatAgent
import camel.societies.workforce as workforce
raise SystemExit("nobody may run this")
agent = ChatAgent("x")
typed: object = workforce.Workforce("y")
_hidden = ChatAgent("x")
number = 7
if True:
    inner = ChatAgent("z")
if __name__ == "__main__":
    script = ChatAgent("only when it is run")

def make(question):
    """Makes one."""
    society = RolePlaying("a", "b")
    return society

async def annotated() -> "ChatAgent | None":
    ...

def other() -> str:
    return ""
'''


@pytest.fixture
def framework() -> Framework:
    return next(iter(orchestra_frameworks()))


def kinds(path: Path) -> dict[str, str]:
    project = read_project(path)
    return {one.name: one.kind for one in project.agents} if project else {}


def test_agents_societies_and_functions_that_make_them_are_found(tmp_path: Path) -> None:
    (tmp_path / "all.py").write_text(_SOURCE)
    assert kinds(tmp_path) == {
        "agent": "ChatAgent",
        "typed": "Workforce",
        "inner": "ChatAgent",
        "make": "a function that makes a RolePlaying",
        "annotated": "a function that makes a ChatAgent",
    }
    assert kinds(tmp_path / "all.py") == kinds(tmp_path)


@pytest.mark.parametrize("name", ["tutoring", "newsroom", "clinic"])
def test_what_is_found_fits_the_schema(framework: Framework, name: str) -> None:
    project = read_project(PROJECTS / name)
    assert project is not None
    for found in project.agents:
        check(framework, found.configuration)


def test_a_package_below_src_is_named_by_its_file_and_what_is_missing_is_said() -> None:
    project = read_project(PROJECTS / "newsroom")
    assert project is not None
    (found,) = project.agents
    assert found.configuration["society"]["entrypoint"] == "src/newsroom/desk.py:create_workforce"
    assert (found.kind, found.description) == ("a function that makes a Workforce", "The whole desk.")
    assert project.dependencies == ("camel-ai[all]>=0.2.80", "feedparser")
    assert "does not have feedparser;" in project.notes[-1]


@pytest.mark.parametrize(
    "text",
    [
        "agent = ChatAgent()",
        "import camels\nagent = ChatAgent()",
        "from .camel import ChatAgent\na = ChatAgent()",
        "from camel import (",
        "",
    ],
)
def test_other_files_are_no_project(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.py").write_text(text)
    assert read_project(tmp_path) is None


def test_links_environments_and_what_lies_deep_are_not_looked_into(tmp_path: Path) -> None:
    project = tmp_path / "project"
    for folder in (".venv", "node_modules", "a/b/c/d/e"):
        (project / folder).mkdir(parents=True)
        (project / folder / "x.py").write_text(_SOURCE)
    (tmp_path / "outside.py").write_text(_SOURCE)
    (project / "link.py").symlink_to(tmp_path / "outside.py")
    assert read_project(project) is None


def test_source_that_nests_without_end_is_survived(tmp_path: Path) -> None:
    (tmp_path / "deep.py").write_text("import camel\n" + "(" * 5000)
    (tmp_path / "long.py").write_text("import camel\nx = " + "-" * 100_000 + "1")
    assert read_project(tmp_path) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"model": "m"},
        {"society": {"kind": "ChatAgent"}},
        {"model": "m", "society": {"kind": "Choir"}},
        {"model": "m", "society": {"kind": "RolePlaying"}},
        {"model": "m", "society": {"kind": "Workforce", "workers": []}},
        {"society": {"kind": "project", "entrypoint": "nothing"}},
        {"model": "m", "society": {"kind": "ChatAgent", "workers": []}},
    ],
)
def test_nonsense_is_refused(framework: Framework, wrong: dict[str, object]) -> None:
    with pytest.raises(Exception, match="does not fit"):
        check(framework, wrong)
