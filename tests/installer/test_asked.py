"""What may be asked for is a package or a file, and nothing that a tool would take for an option or a place."""

from pathlib import Path

import pytest

from orchestra.errors import Invalid
from orchestra.installer.asked import package_asked, package_or_file_asked


@pytest.mark.parametrize("text", ["orchestra-hello", "Hello_World>=1.2,<2", "hello[extra]==1.0"])
def test_a_package_with_its_version_may_be_asked_for(text: str) -> None:
    assert package_asked(f" {text} ").text.replace(" ", "")


@pytest.mark.parametrize(
    "text",
    [
        *("../../x", "/etc/passwd", "./here", "-e", "--index-url=http://x", "a b", "", "x; rm -rf", "hello\n--pre"),
        *("hello @ https://example.org/x.whl", "https://example.org/x.whl", "git+https://example.org/x", "é"),
    ],
)
def test_anything_else_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(Invalid, match=r"is no name of a package|is more than a package"):
        package_asked(text)


@pytest.mark.parametrize("text", ["agentorchestra", "AgentOrchestra==9", "agentorchestra[x]"])
def test_the_product_itself_is_not_installed_this_way(text: str) -> None:
    with pytest.raises(Invalid, match="AgentOrchestra itself"):
        package_asked(text)


def test_a_file_or_project_on_this_machine_may_be_asked_for_at_the_terminal(tmp_path: Path) -> None:
    wheel = tmp_path / "orchestra_hello-1.0-py3-none-any.whl"
    wheel.touch()
    (tmp_path / "pyproject.toml").touch()
    assert package_or_file_asked(str(wheel)).name == "orchestra-hello"
    assert package_or_file_asked(str(tmp_path)).text == str(tmp_path)
    assert package_or_file_asked("orchestra-hello").name == "orchestra-hello"


@pytest.mark.parametrize("text", ["../../x", "./missing.whl", "missing.tar.gz", "/"])
def test_a_place_without_a_plugin_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="There is no wheel, archive or project"):
        package_or_file_asked(text)
