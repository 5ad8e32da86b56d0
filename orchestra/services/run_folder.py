"""Reads the files of a run's folder, which the run may change meanwhile; no link is followed, so no way leads out."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from orchestra.domain.artifacts import is_hidden

MOST_FILES = 10_000
_MOST_ENTRIES = 50_000
_DEEPEST = 20

# A folder is held by its descriptor, and each further step goes from there; where that cannot be had (Windows), by its
# path, links being rare there: making one is an administrator's right.
_BY_DESCRIPTOR = os.open in os.supports_dir_fd and os.scandir in os.supports_fd
_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | os.O_RDONLY
_FOLDER = _NO_LINK | getattr(os, "O_DIRECTORY", 0)
_FILE = _NO_LINK | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # opening a pipe must not wait

_Place = int | str


@dataclass(frozen=True, slots=True)
class FoundFile:
    parts: tuple[str, ...]
    status: os.stat_result


def files_in(root: Path) -> Iterator[FoundFile]:
    """The plain files below a folder that are not hidden, in order; nothing if the folder is not there.

    At most one more than MOST_FILES, from folders at most twenty deep.
    """
    with suppress(OSError):
        yield from _Walk().below(root)


def open_file(root: Path, parts: Sequence[str]) -> BinaryIO:
    """A plain file below a folder, to be read; FileNotFoundError if there is none that may be."""
    try:
        place: _Place = os.open(root, _FOLDER) if _BY_DESCRIPTOR else str(root)
        for part in parts[:-1]:
            place = _replaced(place, part)
        try:
            descriptor = _opened(place, parts[-1], _FILE)
        finally:
            _close(place)
    except OSError as error:
        raise FileNotFoundError from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileNotFoundError
    return os.fdopen(descriptor, "rb")


class _Walk:
    """One walk, which ends before it could take for ever."""

    def __init__(self) -> None:
        self._entries = _MOST_ENTRIES
        self._files = MOST_FILES + 1

    def below(self, root: Path) -> Iterator[FoundFile]:
        place: _Place = os.open(root, _FOLDER) if _BY_DESCRIPTOR else str(root)
        try:
            yield from self._files_in(place, ())
        finally:
            _close(place)

    def _files_in(self, place: _Place, parts: tuple[str, ...]) -> Iterator[FoundFile]:
        for entry in self._listed(place):
            if self._files <= 0:
                return
            with suppress(OSError):  # gone meanwhile, or closed to us
                if entry.is_dir(follow_symlinks=False):
                    if len(parts) < _DEEPEST:
                        yield from self._inner(place, (*parts, entry.name))
                elif entry.is_file(follow_symlinks=False):
                    self._files -= 1
                    yield FoundFile((*parts, entry.name), entry.stat(follow_symlinks=False))

    def _inner(self, place: _Place, parts: tuple[str, ...]) -> Iterator[FoundFile]:
        inner = _opened(place, parts[-1], _FOLDER) if _BY_DESCRIPTOR else os.path.join(str(place), parts[-1])  # noqa: PTH118
        try:
            yield from self._files_in(inner, parts)
        finally:
            _close(inner)

    def _listed(self, place: _Place) -> list["os.DirEntry[str]"]:
        found: list[os.DirEntry[str]] = []
        with os.scandir(place) as entries:
            for entry in entries:
                self._entries -= 1
                if self._entries < 0:
                    break
                if not is_hidden(entry.name):
                    found.append(entry)
        return sorted(found, key=lambda entry: entry.name)


def _opened(place: _Place, name: str, flags: int) -> int:
    if isinstance(place, int):
        return os.open(name, flags, dir_fd=place)
    path = Path(place, name)
    if path.is_symlink():
        raise FileNotFoundError
    return os.open(path, flags)


def _replaced(place: _Place, name: str) -> _Place:
    """The folder of that name, held in place of the one that it lies in."""
    try:
        if isinstance(place, int):
            return os.open(name, _FOLDER, dir_fd=place)
        if Path(place, name).is_symlink():
            raise FileNotFoundError
        return str(Path(place, name))
    finally:
        _close(place)


def _close(place: _Place) -> None:
    if isinstance(place, int):
        os.close(place)
