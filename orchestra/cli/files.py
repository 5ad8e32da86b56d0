"""Writes files that agents have made to where the user is, under a name that does no harm there."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import click

from orchestra.cli.output import harmless
from orchestra.errors import Conflict, Invalid

_STDOUT = Path("-")


def file_name(path: str) -> str:
    """The name for an agent's file: the last part of its path, without what a terminal or a file system obeys."""
    return harmless(path.rpartition("/")[2]).replace("\n", "\ufffd").replace("\\", "\ufffd").lstrip(".-~") or "artifact"


def write_file(pieces: Iterable[bytes], target: Path) -> None:
    """Write the pieces into a new file, and say so on stderr; Conflict if one is there, which is left as it is."""
    if target == _STDOUT:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        return
    try:
        with target.open("xb") as file:
            _fill(file, pieces, target)
    except FileExistsError as error:
        raise Conflict(f"There is a file '{harmless(str(target))}' already. Choose another by --to.") from error
    except (FileNotFoundError, NotADirectoryError, PermissionError, IsADirectoryError) as error:
        raise Invalid(f"'{harmless(str(target))}' cannot be written: {error.strerror}.") from error
    click.echo(f"Wrote {target.stat().st_size:,} bytes to {harmless(str(target))}.", err=True)


def _fill(file: BinaryIO, pieces: Iterable[bytes], target: Path) -> None:
    try:
        for piece in pieces:
            file.write(piece)
    except BaseException:
        target.unlink(missing_ok=True)  # half a file would be taken for a whole one
        raise
