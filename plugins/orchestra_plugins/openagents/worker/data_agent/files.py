"""The files that an agent works with: copies of the user's own, and what its code makes beside them."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

MAX_BYTES = 2_000_000_000  # of all files of one run together
_MOST_LISTED = 10_000

Stamp = tuple[int, int]  # size, and when it was changed


class NotCopiedError(Exception):
    """A sentence on a file that cannot be used."""


def copy_in(paths: Iterable[str], folder: str, place_of: Callable[[str], str]) -> list[str]:
    """Copy the files into the folder, and give their names there; the user's own stay as they are."""
    names: list[str] = []
    left = MAX_BYTES
    for path in paths:
        try:
            source = Path(place_of(path))
            left -= _size_of(source)
            if left < 0:
                raise ValueError(f"with it, the files have more than {MAX_BYTES:,} bytes together")
            name = _free_name(source, names)
            shutil.copyfile(source, Path(folder, name))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise NotCopiedError(f"The file '{path[:200]}' cannot be used: {reason}.") from error
        names.append(name)
    return names


def _size_of(source: Path) -> int:
    found = source.stat()
    if not stat.S_ISREG(found.st_mode):  # a pipe or device could block for ever
        raise ValueError("it is no file")
    return found.st_size


def _free_name(source: Path, taken: list[str]) -> str:
    number, name = 1, source.name
    while name in taken:
        number += 1
        name = f"{source.stem}_{number}{source.suffix}"
    return name


def stamps(folder: str) -> dict[str, Stamp]:
    """Every file below the folder by its path in it; what programs hide there (caches) is left out."""
    found: dict[str, Stamp] = {}
    for path in _files_below(folder):
        try:
            file = path.lstat()
        except OSError:
            continue  # gone meanwhile
        if stat.S_ISREG(file.st_mode):
            found[str(path.relative_to(folder))] = (file.st_size, file.st_mtime_ns)
        if len(found) == _MOST_LISTED:
            break
    return found


def _files_below(folder: str) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith(".") and one != "__pycache__")
        yield from (Path(place, name) for name in sorted(names) if not name.startswith("."))


def changed(before: Mapping[str, Stamp], after: Mapping[str, Stamp]) -> list[str]:
    """The files that are new or other than before."""
    return [name for name, stamp in after.items() if before.get(name) != stamp]
