"""The kernel's count of processes that it killed because memory ran out."""

from pathlib import Path

import pytest

from orchestra.engine import memory
from orchestra.engine.memory import OomCounter


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files in which a kernel with control groups of version 2 counts."""
    (tmp_path / "vmstat").write_text("nr_free_pages 7\noom_kill 3\noom_kill_disable 0\n")
    (tmp_path / "cgroup").write_text("0::/app/server\n")
    group = tmp_path / "groups" / "app" / "server"
    group.mkdir(parents=True)
    (group / "memory.events").write_text("low 0\noom 2\noom_kill 1\noom_group_kill 0\n")
    monkeypatch.setattr(memory, "_VMSTAT", tmp_path / "vmstat")
    monkeypatch.setattr(memory, "_OWN_GROUP", tmp_path / "cgroup")
    monkeypatch.setattr(memory, "_GROUPS", tmp_path / "groups")
    return tmp_path


def test_the_machine_and_our_own_group_are_counted(kernel: Path) -> None:
    counter = OomCounter()
    assert counter.count() == 4
    (kernel / "groups/app/server/memory.events").write_text("oom_kill 2\n")
    assert counter.count(fresh=True) == 5


def test_a_count_is_used_again_for_a_moment(kernel: Path) -> None:
    counter = OomCounter()
    counter.count()
    (kernel / "vmstat").write_text("oom_kill 30\n")
    assert counter.count() == 4


def test_control_groups_of_version_1_count_too(kernel: Path) -> None:
    (kernel / "cgroup").write_text("5:cpu,memory:/old\n1:name=systemd:/init.scope\n")
    (kernel / "groups/memory/old").mkdir(parents=True)
    (kernel / "groups/memory/old/memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 6\n")
    assert OomCounter().count() == 9


def test_a_system_that_counts_nothing_counts_none(kernel: Path) -> None:
    for name in ("vmstat", "cgroup"):
        (kernel / name).unlink()
    assert OomCounter().count() == 0
