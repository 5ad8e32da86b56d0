"""A full disk: runs fail and say so, the server stays up, what is stored is unharmed, and it all works again after."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from servers import ServerUnderTest, processes_of, running_server, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux can make small disks and limit other processes")
needs_mounts = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting a small disk takes root"
)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    made = subprocess.run(mount, capture_output=True, text=True)
    if made.returncode != 0:
        pytest.skip(f"no small disk can be mounted here: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Take all the room that is left; the file that has it."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                pass
    return filler


def is_told(ended: dict[str, object]) -> bool:
    return (ended["status"], ended["failure"]) == ("FAILED", "environment") and "disk is full" in str(ended["reason"])


@needs_mounts
@pytest.mark.parametrize("framework", ["probe", "probe-spare", "probe-reusable"])
def test_runs_on_a_full_disk_fail_and_say_so_and_work_again_when_there_is_room(tmp_path: Path, framework: str) -> None:
    with small_disk(tmp_path / "data" / "runs", 16) as disk, running_server(tmp_path) as server:
        server.framework = framework
        before = server.start_run(server.agent("count", count=5))
        server.wait(before)
        under_way = server.start_run(server.agent("count", count=100_000, seconds=0.01))
        server.wait_for_log(under_way, "line 3")
        filler = fill(disk)
        assert is_told(server.wait(under_way))
        assert is_told(server.run("echo"))
        assert server.call("GET", "/health")["status"] != "unhealthy"
        assert server.messages(before) == [f"line {i}" for i in range(5)]
        assert server.messages(under_way)[:4] == [f"line {i}" for i in range(4)]
        filler.unlink()
        assert server.run("echo")["status"] == "COMPLETED"


@needs_mounts
@pytest.mark.parametrize("how", ["raise", "go on"])
def test_a_run_that_fills_the_disk_itself_fails_and_says_so(tmp_path: Path, how: str) -> None:
    with small_disk(tmp_path / "data" / "runs", 16), running_server(tmp_path) as server:
        assert is_told(server.run("fill", text=how))


def test_a_worker_whose_files_may_not_grow_fails_and_says_so(any_workers: ServerUnderTest) -> None:
    execution = any_workers.start_run(any_workers.agent("count", count=100_000, seconds=0.01))
    any_workers.wait_for_log(execution, "line 1")
    for pid in processes_of(execution):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (2000, 2000))
    assert is_told(any_workers.wait(execution))
    assert any_workers.run("echo")["status"] == "COMPLETED"


@needs_mounts
def test_a_full_data_folder_is_told_and_when_there_is_room_all_goes_on(tmp_path: Path) -> None:
    with small_disk(tmp_path / "data", 64) as disk, running_server(tmp_path) as server:
        before = server.run("count", count=5)
        agent = server.agent("count", count=200, seconds=0.01)
        under_way = server.start_run(agent)
        server.wait_for_log(under_way, "line 3")
        filler = fill(disk)
        refused = server.http.post("/api/executions", json={"agentId": agent})
        assert refused.status_code == 503 and "disk is full" in refused.json()["message"], refused.text
        assert server.http.get("/api/health").status_code in {200, 503}
        assert server.execution(before["id"])["status"] == "COMPLETED"
        wait_until(lambda: not processes_of(under_way))
        filler.unlink()
        assert is_told(server.wait(under_way))
        wait_until(lambda: server.http.get("/api/health").status_code == 200)
        after = server.start_run(server.agent("count", count=5))
        assert server.wait(after)["status"] == "COMPLETED"
        assert server.messages(after) == [f"line {i}" for i in range(5)]
        assert server.messages(before["id"]) == [f"line {i}" for i in range(5)]
        server.stop()
        server.start()
        assert server.messages(after) == server.messages(before["id"]) == [f"line {i}" for i in range(5)]
