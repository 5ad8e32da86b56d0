"""The tools that every agent may be given, and what a project brings; all of it works on the oldest Python, too."""

import ast
import os
import pwd
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestra.worker import toolbox
from orchestra.worker.toolbox import approvals, projects, web
from orchestra.worker.toolbox.calculator import calculator
from orchestra.worker.toolbox.files import RunFiles


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Projects change what can be imported, and that Python leaves compiled files."""
    path, modules, writes = list(sys.path), set(sys.modules), sys.dont_write_bytecode
    yield
    sys.path[:], sys.dont_write_bytecode = path, writes
    for name in set(sys.modules) - modules:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("(17 + 4) * 2 ** 3", "168"),
        ("-7 // 2", "-4"),
        ("sqrt(16) + max(1, 2)", "6.0"),
        ("2 ** -1", "0.5"),
        ("7 % 4", "3"),
    ],
)
def test_the_calculator_calculates(expression: str, result: str) -> None:
    assert calculator(expression) == result


@pytest.mark.parametrize(
    "expression",
    [
        "9**9**9",
        "__import__('os').system('true')",
        "(1).__class__",
        "'a' * 10**9",
        "1 / 0",
        "max",
        "(" * 500 + "1" + ")" * 500,
        "-" * 900 + "1",
        "x" * 2000,
        "(-8) ** 0.5",
        "10**400 * 1.0",
        "",
        "\0",
    ],
)
def test_the_calculator_executes_nothing_and_ends_soon(expression: str) -> None:
    assert calculator(expression).startswith("Error: ")


def test_files_stay_in_the_runs_folder(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "run"
    outside.mkdir()
    folder.mkdir()
    (outside / "secret").write_text("x")
    (folder / "link").symlink_to(outside)
    files = RunFiles(str(folder))
    assert files.write_file("notes/a.txt", "hello") == "Wrote 5 characters to notes/a.txt."
    assert files.read_file("notes/a.txt") == "hello"
    assert files.list_files("notes") == "notes/a.txt (5 bytes)"
    for path in ("../outside/secret", "link/secret", str(outside / "secret"), "a\0b", "notes"):
        assert files.read_file(path).startswith("Error: "), path
    assert files.write_file("link/new", "x").startswith("Error: ")
    assert [one.name for one in outside.iterdir()] == ["secret"]


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/", "http://localhost/", "http://[::1]/", "http://169.254.169.254/latest", "http://0.0.0.0/",
     "http://10.1.2.3/", "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://224.0.0.1/"],
)  # fmt: skip
def test_no_page_inside_the_network_is_fetched(url: str) -> None:
    assert "leads to an address inside this network" in web.fetch(url)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://x", "/etc", "http://", "http://[", "http://a:b/"])
def test_what_is_no_page_of_the_web_is_not_fetched(url: str) -> None:
    assert web.fetch(url).startswith("Error: ")


def test_a_name_that_also_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(0, 0, 0, "", ("93.184.216.34", 80)), (0, 0, 0, "", ("10.0.0.1", 80))]
    monkeypatch.setattr(web.socket, "getaddrinfo", lambda *_, **__: found)
    assert "leads to an address inside" in web.fetch("http://example.org/")


def test_functions_come_from_modules_files_and_packages_of_a_project(tmp_path: Path) -> None:
    (tmp_path / "src" / "deep" / "inner").mkdir(parents=True)
    for package in ("deep", "deep/inner"):
        (tmp_path / "src" / package / "__init__.py").touch()
    (tmp_path / "src" / "deep" / "words.py").write_text("WORD = 'deep'\n")
    (tmp_path / "src" / "deep" / "inner" / "say.py").write_text(
        "from ..words import WORD\n\ndef say():\n    return WORD\n"
    )
    (tmp_path / "types.py").write_text("def mine():\n    return 'my types'\n")
    assert projects.load("src/deep/inner/say.py:say", str(tmp_path))() == "deep"
    assert projects.load("deep.inner.say:say", str(tmp_path))() == "deep"
    assert projects.load("types.py:mine", str(tmp_path))() == "my types"  # and Python's own module is as it was
    assert sys.modules["types"].__name__ == "types"
    assert not list(tmp_path.rglob("__pycache__"))


def test_packages_of_a_projects_own_environment_are_found_behind_those_that_are_here(tmp_path: Path) -> None:
    place = tmp_path / ".venv" / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    (place / "pytest").mkdir(parents=True)
    (place / "pytest" / "__init__.py").write_text("raise RuntimeError('the wrong one')\n")
    (place / "only_theirs.py").write_text("WORD = 'theirs'\n")
    (tmp_path / "tools.py").write_text("import pytest\nfrom only_theirs import WORD\n")
    assert projects.load("tools.py:WORD", str(tmp_path)) == "theirs"


def test_a_users_home_is_theirs_and_not_the_runs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    home = pwd.getpwuid(os.getuid()).pw_dir
    assert projects.place_of("~/x") == os.path.realpath(f"{home}/x") != str(tmp_path / "x")
    assert projects.place_of("~") == os.path.realpath(home)
    assert projects.place_of(str(tmp_path)) == os.path.realpath(tmp_path)


@pytest.mark.parametrize("reference", ["", "x", "a.py:", "a.py:b c", "gone.py:f", "../up.py:f", "a.py:gone"])
def test_what_is_not_there_is_said_so(tmp_path: Path, reference: str) -> None:
    (tmp_path / "a.py").touch()
    with pytest.raises(ValueError):
        projects.load(reference, str(tmp_path))
    with pytest.raises(ValueError):
        projects.load("a.py:f", str(tmp_path / "gone"))


def test_tools_come_by_name_and_from_a_project(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def shout(text: str) -> str:\n    return text.upper()\n\nNUMBER = 7\n")
    named = toolbox.tools(str(tmp_path), ["calculator", "mine.py:shout"], str(tmp_path))
    assert [one.__name__ for one in named] == ["calculator", "shout"]
    for unknown in ("shell", "mine.py:NUMBER"):
        with pytest.raises(ValueError):
            toolbox.tools(str(tmp_path), [unknown], str(tmp_path))


def test_only_exactly_what_was_allowed_is_allowed(tmp_path: Path) -> None:
    approvals.remember(str(tmp_path), "server --read")
    approvals.remember(str(tmp_path), "other")
    assert approvals.is_approved(str(tmp_path), "server --read")
    assert not approvals.is_approved(str(tmp_path), "server --read --write")
    (tmp_path / "approved.json").write_text('{"no": "list"}')
    assert not approvals.is_approved(str(tmp_path), "server --read")


def test_a_servers_command_is_shown_with_the_names_of_its_variables_alone() -> None:
    server = {"command": "npx", "args": ["-y", "two words"], "env": [{"name": "TOKEN", "value": "s3cret"}]}
    assert approvals.command_of(server) == "TOKEN=… npx -y 'two words'"


def test_it_reads_as_python_39() -> None:
    for file in Path(toolbox.__file__).parent.glob("*.py"):
        ast.parse(file.read_text(), file.name, feature_version=(3, 9))
