"""Brings a database to this version's tables, after a snapshot of what was there."""

import sqlite3
from contextlib import closing
from pathlib import Path

from orchestra.errors import CannotStart
from orchestra_storage.database import url_of

# Known without Alembic, whose import takes longer than a whole start should; a test compares the two.
HEAD = "0011_packages"


def migrate(database: Path | str, snapshots: Path | None = None) -> Path | None:
    """Makes or renews the tables of a database, given by URL or as the path of a SQLite file.

    The answer is the snapshot taken of an older SQLite file, in `snapshots` or the folder of that name beside it.
    """
    url = url_of(database)
    file = Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
    found = revision_of(file) if file is not None else None
    if found == HEAD:
        return None
    from orchestra_storage.upgrade import upgrade

    return upgrade(url, HEAD, found, file, snapshots or (file.parent / "snapshots" if file else None))


def revision_of(file: Path) -> str | None:
    """The revision of the tables in a SQLite file; None if there are none. Leaves no trace in the file."""
    if not file.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=10)) as connection:
            found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            tables = {name for (name,) in found}
            stamped = "alembic_version" in tables
            rows = connection.execute("SELECT version_num FROM alembic_version").fetchall() if stamped else []
    except sqlite3.Error as error:
        raise CannotStart(
            f"'{file}' cannot be read as a SQLite database ({error}). Restore it from a snapshot, or move it away to "
            "start with an empty one."
        ) from error
    if rows:
        return str(rows[0][0])
    if tables - {"alembic_version", "sqlite_sequence"}:
        raise CannotStart(f"'{file}' belongs to another program: its tables are not ours. Choose another data folder.")
    return None
