"""`orchestra frameworks`, as a user calls it; without a server, a private one does the work."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from boxed import Boxed
from servers import ServerUnderTest

COMMAND = [sys.executable, "-m", "orchestra", "frameworks"]


@pytest.fixture
def boxed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Boxed:
    made = Boxed(tmp_path)
    made.use(monkeypatch)
    return made


@pytest.fixture
def folder(boxed: Boxed, tmp_path: Path) -> ServerUnderTest:
    """A data folder that no server runs on."""
    (tmp_path / "data").mkdir()
    return ServerUnderTest(tmp_path / "data")


def frameworks(folder: ServerUnderTest, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], env=folder.environment(), capture_output=True, text=True, timeout=90)


def test_install_check_break_repair_and_remove(folder: ServerUnderTest) -> None:
    installed = frameworks(folder, "install", "boxed")
    assert installed.returncode == 0, installed.stderr
    assert installed.stdout.startswith("Boxed: It can run. It takes ")
    assert "Installing" in installed.stderr or "Checking" in installed.stderr or "Starting" in installed.stderr
    listed = {one["id"]: one for one in json.loads(frameworks(folder, "list", "--json").stdout)}
    assert listed["boxed"]["state"] == "ready"
    assert listed["probe"]["needsEnvironment"] is False

    module = next((folder.data_dir / "environments").glob("boxed-*/**/boxpkg.py"))
    module.unlink()
    shutil.rmtree(module.parent / "__pycache__", ignore_errors=True)
    examined = frameworks(folder, "doctor")
    assert examined.returncode == 1
    assert "Repair it with 'orchestra frameworks repair boxed'." in examined.stdout
    assert frameworks(folder, "repair", "boxed").returncode == 0
    assert frameworks(folder, "doctor").returncode == 0

    removed = frameworks(folder, "remove", "--unused")  # there is no agent of it
    assert removed.stdout.startswith("Environments removed: 1.")
    assert "not_installed" in frameworks(folder, "list").stdout


def test_what_cannot_be_installed_is_one_sentence_and_a_failure(folder: ServerUnderTest, boxed: Boxed) -> None:
    (boxed.links / "boxpkg-1.0-py3-none-any.whl").unlink()
    failed = frameworks(folder, "install", "boxed")
    assert failed.returncode == 1
    assert "cannot be found together" in failed.stdout
    assert "Traceback" not in failed.stderr


def test_ctrl_c_cancels_the_install(folder: ServerUnderTest, boxed: Boxed) -> None:
    boxed.gate.touch()
    command = subprocess.Popen(
        [*COMMAND, "install", "boxed"],
        env=folder.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    building = folder.data_dir / "environments" / ".building"
    deadline = time.monotonic() + 60
    while not (building.exists() and list(building.glob("boxed-*/scratch"))):
        assert time.monotonic() < deadline
        assert command.poll() is None
        time.sleep(0.05)
    command.send_signal(signal.SIGINT)
    said, complaint = command.communicate(timeout=60)
    assert command.returncode == 1
    assert "Cancelling." in complaint
    assert "It is not installed." in said
    assert list(building.iterdir()) == []


@pytest.mark.parametrize("arguments", [["remove"], ["remove", "boxed", "--unused"]])
def test_removing_wants_a_framework_or_unused(folder: ServerUnderTest, arguments: list[str]) -> None:
    refused = frameworks(folder, *arguments)
    assert refused.returncode == 1
    assert "Name a framework, or say --unused." in refused.stderr
