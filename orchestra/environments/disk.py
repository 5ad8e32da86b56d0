"""What folders take on the disk, with files that share their place counted once."""

import os
from collections.abc import Iterator
from pathlib import Path

_BLOCK_BYTES = 512


def size_of(*folders: Path) -> int:
    """Bytes that the folders take together; a file that is linked several times counts once."""
    seen: set[tuple[int, int]] = set()
    total = 0
    for folder in folders:
        for status in _walk(folder):
            if status.st_ino == 0 or (status.st_dev, status.st_ino) not in seen:
                seen.add((status.st_dev, status.st_ino))
                total += _bytes_of(status)
    return total


def _bytes_of(status: os.stat_result) -> int:
    blocks = getattr(status, "st_blocks", None)  # Windows has none
    return status.st_size if blocks is None else blocks * _BLOCK_BYTES


def _walk(folder: Path) -> Iterator[os.stat_result]:
    try:
        entries = list(os.scandir(folder))
    except OSError:  # gone meanwhile
        return
    for entry in entries:
        try:
            status = entry.stat(follow_symlinks=False)
            is_folder = entry.is_dir(follow_symlinks=False)
        except OSError:
            continue
        yield status
        if is_folder:
            yield from _walk(Path(entry.path))
