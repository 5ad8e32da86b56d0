"""The worker half in the real worker process, under this Python and under the oldest promised one."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from orchestra.domain.frameworks import Framework
from orchestra.services.configuration import with_defaults
from orchestra.worker import protocol

BOOT = Path(protocol.__file__).with_name("boot.py")


def python_39() -> str | None:
    named = shutil.which("python3.9")
    candidates = [named, *map(str, Path.home().glob(".pyenv/versions/3.9.*/bin/python3.9"))]
    for candidate in filter(None, candidates):
        if subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0:
            return candidate
    return None


@pytest.mark.parametrize("oldest", [False, True], ids=["this Python", "Python 3.9"])
def test_sample_completes_in_a_worker(framework: Framework, gateway: Any, play: Any, tmp_path: Path, oldest: bool):
    interpreter = python_39() if oldest else sys.executable
    if interpreter is None:
        pytest.skip("There is no working python3.9 on this machine.")
    sample = framework.samples[0]
    gateway.answer = play(sample.script)
    worker = start_worker(interpreter, framework, dict(sample.configuration), gateway.url, tmp_path)
    assert worker.wait(60) == 0
    end = events(tmp_path)[-1]["data"]
    assert end["status"] == "COMPLETED", end
    assert "65796" in end["output"]["answer"]
    assert (tmp_path / "files" / "primes.txt").exists()


def test_sleeping_command_is_cancelled_in_a_worker(
    framework: Framework, gateway: Any, scripted: Any, tmp_path: Path, eventually: Any
):
    gateway.answer = scripted("<r>Wait.</r><c>execute_shell</c>\nsleep 60 & echo $! > pid; mv pid ready; wait")
    configuration = {"objective": "Wait.", "model": "m"}
    worker = start_worker(sys.executable, framework, configuration, gateway.url, tmp_path)
    ready = tmp_path / "files" / "ready"
    eventually(ready.exists)
    worker.terminate()
    assert worker.wait(10) == protocol.CANCELLED_EXIT
    assert events(tmp_path)[-1]["data"]["status"] == "CANCELLED"
    eventually(lambda: is_gone(int(ready.read_text())))


def is_gone(pid: int) -> bool:
    """A zombie that nobody has reaped yet has ended, too."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def events(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / protocol.JOURNAL).read_text().splitlines()]


def start_worker(
    interpreter: str, framework: Framework, configuration: dict[str, Any], url: str, folder: Path
) -> subprocess.Popen[bytes]:
    files = folder / "files"
    files.mkdir()
    (folder / protocol.ticket_name("t1")).touch()
    job = {
        "id": "0" * 32,
        "ticket": "t1",
        "number": 1,
        "attempt": 1,
        "adapter": str(framework.worker),
        "configuration": with_defaults(framework, configuration),
        "input": {},
        "folder": str(files),
        "journal": str(folder),
        "gateway_url": url,
        "gateway_key": "run-key-0123456789abcdef",
    }
    with (folder / protocol.STDOUT).open("wb") as out, (folder / protocol.STDERR).open("wb") as err:
        worker = subprocess.Popen(
            [interpreter, "-I", str(BOOT)], stdin=subprocess.PIPE, stdout=out, stderr=err, cwd=files
        )
    assert worker.stdin
    with worker.stdin as stdin:
        stdin.write(json.dumps(job).encode() + b"\n")
    return worker
