"""Health says what is really so, also when a part does not answer."""

import sqlite3
import time

from servers import ServerUnderTest


def test_all_six_checks_pass_and_say_what_is_not_used(own_server: ServerUnderTest) -> None:
    health = own_server.call("GET", "/health")
    assert set(health["checks"]) == {"database", "redis", "queues", "email", "storage", "external_apis"}
    assert health["status"] == "healthy"
    assert "Not used" in health["checks"]["redis"]["message"]
    assert "Not configured" in health["checks"]["email"]["message"]
    assert health["checks"]["database"]["responseTime"] > 0
    assert own_server.http.head("/api/health").status_code == 200


def test_a_database_that_cannot_be_read_is_503_and_heals(own_server: ServerUnderTest) -> None:
    database = own_server.data_dir / "orchestra.db"
    with sqlite3.connect(database) as connection:
        connection.execute("ALTER TABLE executions RENAME TO executions_away")
    broken = own_server.http.get("/api/health")
    assert (broken.status_code, broken.json()["status"]) == (503, "unhealthy")
    assert broken.json()["checks"]["database"]["status"] == "fail"
    with sqlite3.connect(database) as connection:
        connection.execute("ALTER TABLE executions_away RENAME TO executions")
    assert own_server.http.get("/api/health").status_code == 200


def test_a_database_that_somebody_locks_is_told_within_seconds(own_server: ServerUnderTest) -> None:
    """Nobody can write: what is accepted would be lost, so the server is not healthy."""
    holder = sqlite3.connect(own_server.data_dir / "orchestra.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        began = time.monotonic()
        answer = own_server.http.get("/api/health")
        assert answer.status_code == 503 and answer.json()["checks"]["database"]["status"] == "fail"
        assert time.monotonic() - began < 15
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    assert own_server.http.get("/api/health").status_code == 200
