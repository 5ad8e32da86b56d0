"""Opens the history's DuckDB file and keeps its tables."""

from pathlib import Path

import duckdb

from orchestra.errors import CannotStart, NewerSchema

SCHEMA_VERSION = 2
_FIRST_VERSION = 1

# Times are TIMESTAMP in UTC: reading TIMESTAMPTZ would need one more library. `at` is a keyword in DuckDB.
# No keys but the rows' order: numbers rise, so that DuckDB finds an execution's rows by their zones, and an index
# would cost every append more than the one writer's own checks do.
_TABLES = (
    "CREATE TABLE meta (schema_version INTEGER NOT NULL)",
    """CREATE TABLE events (
        number BIGINT NOT NULL, attempt INTEGER NOT NULL, seq BIGINT NOT NULL, happened_at TIMESTAMP NOT NULL,
        kind VARCHAR NOT NULL, level VARCHAR, message VARCHAR, step VARCHAR, data VARCHAR)""",
    """CREATE TABLE marks (
        number BIGINT NOT NULL, attempt INTEGER NOT NULL, journal_offset BIGINT NOT NULL, next_seq BIGINT NOT NULL)""",
    """CREATE TABLE executions (
        number BIGINT NOT NULL, id VARCHAR NOT NULL, agent_id VARCHAR NOT NULL, framework VARCHAR NOT NULL,
        status VARCHAR NOT NULL, failure VARCHAR, trigger VARCHAR NOT NULL, environment VARCHAR NOT NULL,
        created_at TIMESTAMP NOT NULL, started_at TIMESTAMP, completed_at TIMESTAMP, duration_ms BIGINT,
        tokens_used BIGINT NOT NULL, cost DOUBLE)""",
)

# What each version adds to the one before; a new file is made by all of them, so that there is one way to a table.
_STEPS = {
    2: (
        """CREATE TABLE model_calls (
            number BIGINT NOT NULL, id VARCHAR NOT NULL, attempt INTEGER NOT NULL, agent_id VARCHAR NOT NULL,
            started_at TIMESTAMP NOT NULL, format VARCHAR NOT NULL, asked_model VARCHAR NOT NULL, provider_id VARCHAR,
            provider VARCHAR, kind VARCHAR, model VARCHAR, status VARCHAR NOT NULL, http_status INTEGER NOT NULL,
            error VARCHAR, input_tokens BIGINT, output_tokens BIGINT, cached_tokens BIGINT, cache_written_tokens BIGINT,
            reasoning_tokens BIGINT, is_estimated BOOLEAN NOT NULL, cost DOUBLE, price_source VARCHAR, price_date DATE,
            latency_ms DOUBLE NOT NULL, first_token_ms DOUBLE, streamed BOOLEAN NOT NULL, finish_reason VARCHAR,
            tool_calls VARCHAR NOT NULL, truncated_prompt BOOLEAN NOT NULL, has_bodies BOOLEAN NOT NULL, request BLOB,
            reply BLOB)""",
        "ALTER TABLE executions ADD COLUMN known_cost DOUBLE",
        "UPDATE executions SET known_cost = cost",
    ),
}

_SETTINGS = (
    # The checkpoint of a small log inside a commit makes every fiftieth commit slow; of a large one, hardly any.
    "SET wal_autocheckpoint = '1GB'",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


def open_history(file: Path) -> duckdb.DuckDBPyConnection:
    """A connection to the history with its tables in place."""
    try:
        if file.exists() and file.stat().st_size == 0:
            file.unlink()  # Left by a kill in the moment of making it; DuckDB takes it for damaged.
        connection = duckdb.connect(file)
    except (duckdb.Error, OSError) as error:
        raise _unusable(file, error) from error
    try:
        _prepare(connection, file)
    except duckdb.Error as error:
        connection.close()
        raise _unusable(file, error) from error
    except NewerSchema:
        connection.close()
        raise
    return connection


def _prepare(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    found = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'meta'").fetchall()
    if not found[0][0]:
        _create(connection)
    version = connection.execute("SELECT max(schema_version) FROM meta").fetchall()[0][0]
    if version is None or version > SCHEMA_VERSION:
        raise NewerSchema(
            f"The history '{file}' was written by a newer version of AgentOrchestra (its tables are at {version}, "
            f"this version knows {SCHEMA_VERSION}). Install the newer version, or choose another data folder.",
            {"revision": version},
        )
    _renew(connection, version)
    for setting in _SETTINGS:
        connection.execute(setting)


def _renew(connection: duckdb.DuckDBPyConnection, version: int) -> None:
    """Bring an older file's tables to this version, all or nothing."""
    if version == SCHEMA_VERSION:
        return
    connection.begin()
    for step in range(version + 1, SCHEMA_VERSION + 1):
        for statement in _STEPS[step]:
            connection.execute(statement)
    connection.execute("UPDATE meta SET schema_version = ?", [SCHEMA_VERSION])
    connection.commit()


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    connection.begin()
    for statement in _TABLES:
        connection.execute(statement)
    connection.execute("INSERT INTO meta VALUES (?)", [_FIRST_VERSION])
    connection.commit()


def _unusable(file: Path, error: Exception) -> CannotStart:
    if "lock" in str(error).lower():
        return CannotStart(f"Another process holds the history '{file}'. Stop it, then start again. ({error})")
    return CannotStart(
        f"The history '{file}' cannot be opened; it is damaged or not ours. Move it away, with '{file.name}.wal' if "
        f"that exists, and start again: a new one is made. ({error})"
    )
