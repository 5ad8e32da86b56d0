"""What a user's `pip install` brings: four import packages, their data files, and one command."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_import_names_are_ours_alone(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    packages = {name for name in tops if not name.endswith(".dist-info")}
    assert packages == {"orchestra", "orchestra_ui", "orchestra_storage", "orchestra_plugins"}


def test_every_file_of_the_packages_is_in_it(wheel: zipfile.ZipFile) -> None:
    folders = (ROOT, ROOT / "ui", ROOT / "storage", ROOT / "plugins")
    packages = ("orchestra", "orchestra_ui", "orchestra_storage", "orchestra_plugins")
    expected = {
        path.relative_to(folder).as_posix()
        for folder, package in zip(folders, packages, strict=True)
        for path in (folder / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert expected <= set(wheel.namelist())


def test_it_declares_the_command_and_the_built_in_plugins(wheel: zipfile.ZipFile) -> None:
    name = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    declared = wheel.read(name).decode()
    assert "orchestra = orchestra.cli:main" in declared
    assert "miniagi = orchestra_plugins.miniagi" in declared
