"""`orchestra executions artifacts`, as a user calls it."""

import json
import subprocess
import sys
from pathlib import Path

from servers import ServerUnderTest


def orchestra(server: ServerUnderTest, folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "orchestra", "executions", "artifacts", *arguments]
    return subprocess.run(command, env=server.environment(), cwd=folder, capture_output=True, timeout=60)


def test_files_are_listed_and_fetched_under_a_harmless_name(server: ServerUnderTest, tmp_path: Path) -> None:
    content = "x" * 9_000_000  # more than two pieces
    hostile = "out/\x1b[2Jrm -rf \u202e.txt"
    execution = server.start_run(server.agent("leave"), input={"files": {"big": content, hostile: "y"}})
    server.wait(execution)
    table = orchestra(server, tmp_path, execution).stdout.decode()
    assert "9000000" in table
    assert "\x1b" not in table
    assert "\u202e" not in table
    assert [one["path"] for one in json.loads(orchestra(server, tmp_path, execution, "--json").stdout)] == [
        "big",
        hostile,
    ]
    said = orchestra(server, tmp_path, execution, "big")
    assert (said.returncode, said.stderr) == (0, b"Wrote 9,000,000 bytes to big.\n")
    assert (tmp_path / "big").read_text() == content
    again = orchestra(server, tmp_path, execution, "big")
    assert (again.returncode, b"already" in again.stderr) == (1, True)
    assert orchestra(server, tmp_path, execution, hostile).returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {"big", "rm -rf \ufffd.txt"}
    assert orchestra(server, tmp_path, execution, hostile, "--to", "-").stdout == b"y"
    missing = orchestra(server, tmp_path, execution, "nothing")
    assert (missing.returncode, b"There is no artifact" in missing.stderr) == (1, True)


def test_a_run_without_files_says_so(server: ServerUnderTest, tmp_path: Path) -> None:
    execution = server.run("count", count=0)["id"]
    assert orchestra(server, tmp_path, execution).stdout == b"It has left no files.\n"
