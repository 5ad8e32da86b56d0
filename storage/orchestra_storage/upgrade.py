"""Runs Alembic's migrations; imported only when there is something to migrate, since Alembic's import is slow."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection
from sqlalchemy.exc import DatabaseError

from orchestra.errors import CannotStart, NewerSchema
from orchestra_storage.database import open_engine, writing

SCRIPTS = Path(__file__).with_name("migrations")
_LOCK_NUMBER = 7_236_001


def configuration() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    return config


def upgrade(url: URL, head: str, found: str | None, file: Path | None, snapshots: Path | None) -> Path | None:
    """Brings the database from the revision `found` to `head`, all or nothing; the answer is the snapshot, if any."""
    where = str(file or url)
    # Before the engine opens the file, which already writes into it.
    _refuse_newer(where, found)
    # Alembic copies tables in SQLite, and dropping the old copy would delete, by cascade, what refers to it.
    engine = open_engine(url, foreign_keys=False)
    try:
        with writing(engine).begin() as connection:
            return _upgrade(connection, where, head, file, snapshots)
    except (DatabaseError, sqlite3.Error, OSError) as error:
        raise CannotStart(f"The database '{where}' could not be renewed, and was left as it was: {error}") from error
    finally:
        engine.dispose()


def _upgrade(connection: Connection, where: str, head: str, file: Path | None, snapshots: Path | None) -> Path | None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK_NUMBER})")
    # Again, now that no one else can write: two programs may have started at once.
    found = MigrationContext.configure(connection).get_current_revision()
    if found == head:
        return None
    _refuse_newer(where, found)
    snapshot = _snapshot(file, found, snapshots) if file and found and snapshots else None
    config = configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, head)
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").all():
        raise CannotStart(f"The database '{where}' was left as it was: in the new tables, some rows refer to none.")
    return snapshot


def _refuse_newer(where: str, found: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}
    if found is not None and found not in known:
        raise NewerSchema(
            f"The database '{where}' was written by a newer version of AgentOrchestra (its tables are at '{found}'). "
            "Install the newer version, or restore a snapshot from the folder 'snapshots' beside the database.",
            {"revision": found},
        )


def _snapshot(file: Path, revision: str, folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    snapshot = folder / f"orchestra-{revision}-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.db"
    unfinished = snapshot.with_suffix(".part")
    try:
        _copy(file, unfinished)
        return unfinished.replace(snapshot)
    finally:
        unfinished.unlink(missing_ok=True)


def _copy(file: Path, to: Path) -> None:
    """By SQLite itself, so that what is still in the write-ahead log comes along."""
    uri = f"{file.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")  # One file, whole in itself, to be moved about.
