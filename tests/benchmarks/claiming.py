"""Measures a claim: sixteen executions from a short queue, and from a long one, over a real database."""

import statistics
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from orchestra.domain.agents import Agent
from orchestra.domain.identity import Role, User
from orchestra_storage.database import open_engine
from orchestra_storage.migrate import migrate
from orchestra_storage.schema import executions
from orchestra_storage.unit import Storage

AGENTS = 10
AT_ONCE = 16
CLAIMS = 20
_NOW = datetime(2026, 11, 24, tzinfo=UTC)


def milliseconds_of_a_claim(file: Path, waiting: int) -> float:
    """The median of twenty claims of sixteen, from so many that wait for ten agents."""
    storage = _filled(file, waiting)
    took: list[float] = []
    for _ in range(CLAIMS):
        began = time.perf_counter()
        with storage.write() as unit:
            assert len(unit.queue.claim(AT_ONCE, _NOW)) == AT_ONCE
        took.append((time.perf_counter() - began) * 1000)
    storage.close()
    return statistics.median(took)


def _filled(file: Path, waiting: int) -> Storage:
    migrate(file)
    storage = Storage.open(file)
    ids = [uuid.uuid4().hex for _ in range(AGENTS)]
    with storage.write() as unit:
        unit.users.add(User("u", "Ada", Role.OWNER, _NOW))
        for id in ids:
            unit.agents.add(Agent(id, "u", "Agent", "probe", {}, _NOW, _NOW))
    row = {"owner_id": "u", "status": "PENDING", "input": {}, "configuration": {}, "trigger": "manual"}
    row |= {"environment": "development", "created_at": _NOW}
    engine = open_engine(file)
    with engine.begin() as connection:
        for first in range(0, waiting, 10_000):
            numbers = range(first, min(waiting, first + 10_000))
            rows = [{**row, "id": uuid.uuid4().hex, "agent_id": ids[n % AGENTS]} for n in numbers]
            connection.execute(insert(executions), rows)
    engine.dispose()
    return storage
