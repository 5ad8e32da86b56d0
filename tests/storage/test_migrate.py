import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from orchestra.domain.identity import Role, User
from orchestra.errors import CannotStart, NewerSchema
from orchestra_storage import migrate as migrate_module
from orchestra_storage import upgrade as upgrade_module
from orchestra_storage.migrate import HEAD, migrate, revision_of
from orchestra_storage.unit import Storage
from orchestra_storage.upgrade import configuration

SECOND = f'''"""One more revision, for this test."""

import sqlalchemy as sa
from alembic import op

revision = "9999_next"
down_revision = "{HEAD}"


def upgrade() -> None:
    with op.batch_alter_table("users", recreate="always") as table:
        table.add_column(sa.Column("color", sa.String()))
'''


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "orchestra.db"


@pytest.fixture
def second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """As if the code had one more revision; the answer writes it, from the text given."""
    scripts = tmp_path / "scripts %s"
    shutil.copytree(upgrade_module.SCRIPTS, scripts)

    def write(text: str = SECOND) -> None:
        (scripts / "versions" / "9999_next.py").write_text(text)
        monkeypatch.setattr(upgrade_module, "SCRIPTS", scripts)
        monkeypatch.setattr(migrate_module, "HEAD", "9999_next")

    return write


def _stamp(file: Path, revision: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [revision])
        connection.commit()


def _tables(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as connection:
        return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_the_head_in_the_code_is_the_head_of_the_migrations():
    assert ScriptDirectory.from_config(configuration()).get_heads() == [HEAD]


def test_a_new_file_gets_tables_and_no_snapshot(file: Path):
    assert migrate(file) is None
    assert revision_of(file) == HEAD
    assert not (file.parent / "snapshots").exists()


def test_an_empty_file_is_a_new_one(file: Path):
    file.touch()
    assert migrate(file) is None
    assert revision_of(file) == HEAD


def test_a_url_is_as_good_as_a_path(file: Path):
    migrate(f"sqlite:///{file}")
    assert revision_of(file) == HEAD


def test_a_current_file_is_left_alone_without_loading_alembic(file: Path):
    migrate(file)
    before = file.read_bytes()
    code = (
        "import sys; from orchestra_storage.migrate import migrate; "
        "migrate(sys.argv[1]); print('alembic' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"
    assert file.read_bytes() == before


def test_an_older_file_is_copied_before_it_is_renewed(file: Path, second):
    migrate(file)
    second()
    snapshot = migrate(file)
    assert snapshot is not None
    assert snapshot.parent == file.parent / "snapshots"
    assert snapshot.name.startswith(f"orchestra-{HEAD}-")
    assert (revision_of(snapshot), revision_of(file)) == (HEAD, "9999_next")
    assert list(snapshot.parent.iterdir()) == [snapshot]


def test_a_snapshot_holds_what_is_still_in_the_log(file: Path, second):
    migrate(file)
    storage = Storage.open(file)
    with storage.write() as unit:
        unit.users.add(User("u1", "Ada", Role.OWNER, datetime.now(UTC)))
    second()
    snapshot = migrate(file)
    storage.close()
    assert snapshot is not None
    with closing(sqlite3.connect(snapshot)) as connection:
        assert connection.execute("SELECT name FROM users").fetchall() == [("Ada",)]


def test_remaking_a_table_keeps_what_refers_to_it(file: Path, second):
    migrate(file)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(
            "INSERT INTO users (id, name, role, created_at) VALUES ('u1', 'Ada', 'owner', '2026-11-23 12:00:00.000000')"
        )
        connection.execute(
            "INSERT INTO sessions VALUES ('h', 'u1', NULL, '2026-11-23 12:00:00', '2026-12-23 12:00:00')"
        )
        connection.commit()
    second()
    migrate(file)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT hash FROM sessions").fetchall() == [("h",)]


def test_a_migration_that_fails_leaves_the_file_as_it_was(file: Path, second):
    migrate(file)
    second(SECOND + "    op.drop_table('nowhere')\n")
    with pytest.raises(CannotStart, match="left as it was"):
        migrate(file)
    assert revision_of(file) == HEAD
    assert "color" not in str(_columns(file))


def _columns(file: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("PRAGMA table_info(users)").fetchall()


def test_agents_of_the_first_schema_get_their_configuration_as_version_one(file: Path):
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript((Path(__file__).parent / "schemas" / "0001_first.sql").read_text())
    snapshot = migrate(file)
    assert snapshot is not None
    storage = Storage.open(file)
    with storage.read() as unit:
        agent = unit.agents.get("a1")
        execution = unit.executions.get("e1")
        versions = unit.agents.versions("a1", page=1, limit=10).items
    storage.close()
    assert agent is not None
    assert execution is not None
    assert (agent.version, agent.statistics.successful, execution.agent_version) == (1, 1, None)
    assert [(version.version, version.configuration) for version in versions] == [(1, {"do": "echo"})]


def test_a_newer_file_is_refused_and_untouched(file: Path):
    migrate(file)
    _stamp(file, "9999_from_the_future")
    before = file.read_bytes()
    with pytest.raises(NewerSchema, match=r"newer version.*9999_from_the_future.*Install the newer version"):
        migrate(file)
    assert file.read_bytes() == before
    assert not (file.parent / "snapshots").exists()


def test_a_file_that_is_no_database_is_refused_and_untouched(file: Path):
    file.write_text("Dear diary, " * 1000)
    with pytest.raises(CannotStart, match="cannot be read as a SQLite database"):
        migrate(file)
    assert file.read_text().startswith("Dear diary")


def test_the_database_of_another_program_is_refused(file: Path):
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    with pytest.raises(CannotStart, match="another program"):
        migrate(file)
    assert _tables(file) == {"songs"}


def test_a_snapshot_that_cannot_be_written_stops_the_migration(file: Path, second):
    migrate(file)
    (file.parent / "snapshots").write_text("in the way")
    second()
    with pytest.raises(CannotStart, match="left as it was"):
        migrate(file)
    assert revision_of(file) == HEAD


def test_programs_that_start_at_once_migrate_once(file: Path, second):
    migrate(file)
    second()
    code = (
        "import sys; from pathlib import Path; from orchestra_storage import migrate as m, upgrade as u; "
        "u.SCRIPTS, m.HEAD = Path(sys.argv[2]), '9999_next'; m.migrate(sys.argv[1])"
    )
    command = [sys.executable, "-c", code, str(file), str(upgrade_module.SCRIPTS)]
    with ThreadPoolExecutor(3) as threads:
        codes = [ran.returncode for ran in threads.map(lambda _: subprocess.run(command, check=False), range(3))]
    assert codes == [0, 0, 0]
    assert len(list((file.parent / "snapshots").iterdir())) == 1
