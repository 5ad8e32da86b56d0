"""Asks the kernel how often it has killed a process because memory ran out."""

import time
from pathlib import Path

_VMSTAT = Path("/proc/vmstat")
_GROUPS = Path("/sys/fs/cgroup")
_OWN_GROUP = Path("/proc/self/cgroup")
_FRESH_SECONDS = 1.0


class OomCounter:
    """A count that only rises, of the whole machine and of our own control group; 0 where the system has none."""

    def __init__(self) -> None:
        self._count = 0
        self._read_at = float("-inf")
        self._files = (_VMSTAT, *_group_files())

    def count(self, fresh: bool = False) -> int:
        """The count, a second old at most, so that many starts read it once; as it is now, if `fresh`."""
        if fresh or time.monotonic() - self._read_at > _FRESH_SECONDS:
            self._count = sum(map(_oom_kills_in, self._files))
            self._read_at = time.monotonic()
        return self._count


def _group_files() -> tuple[Path, ...]:
    """Where our control group counts: in version 2 `memory.events`, in version 1 `memory.oom_control`."""
    try:
        lines = _OWN_GROUP.read_text().splitlines()
    except OSError:
        return ()
    found: list[Path] = []
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if not controllers:
            found.append(_GROUPS / group.lstrip("/") / "memory.events")
        elif "memory" in controllers.split(","):
            found.append(_GROUPS / "memory" / group.lstrip("/") / "memory.oom_control")
    return tuple(path for path in found if path.exists())


def _oom_kills_in(path: Path) -> int:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))
