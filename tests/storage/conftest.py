"""A real database and a real history in a folder of the test's own, and what to fill them with."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from orchestra.domain.agents import Agent
from orchestra.domain.events import Event, EventKind
from orchestra.domain.executions import DeploymentEnvironment, Execution, Trigger
from orchestra.domain.identity import Role, User
from orchestra_storage.executions import NewExecution
from orchestra_storage.history import History
from orchestra_storage.migrate import migrate
from orchestra_storage.unit import Storage

NOW = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    """Empty but for one owner, `u1`."""
    migrate(tmp_path / "orchestra.db")
    storage = Storage.open(tmp_path / "orchestra.db")
    with storage.write() as unit:
        unit.users.add(User("u1", "Ada", Role.OWNER, NOW))
    yield storage
    storage.close()


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    history = History.open(tmp_path / "history.duckdb")
    yield history
    history.close()


@pytest.fixture
def an_agent(storage: Storage) -> Callable[..., Agent]:
    """Stores an agent of `u1`, each newer than the one before."""
    numbers = count(1)

    def add(**given: Any) -> Agent:
        n = next(numbers)
        values: dict[str, Any] = {
            "id": f"a{n}",
            "owner_id": "u1",
            "name": f"Agent {n}",
            "framework": "miniagi",
            "configuration": {"objective": "look"},
            "created_at": NOW + timedelta(seconds=n),
            "updated_at": NOW + timedelta(seconds=n),
        }
        agent = Agent(**(values | given))
        with storage.write() as unit:
            unit.agents.add(agent)
        return agent

    return add


@pytest.fixture
def an_execution(storage: Storage, an_agent: Callable[..., Agent]) -> Callable[..., Execution]:
    """Stores a PENDING execution, of an agent made for it unless one is named."""
    numbers = count(1)

    def add(agent_id: str | None = None, **given: Any) -> Execution:
        values: dict[str, Any] = {
            "id": f"e{next(numbers)}",
            "owner_id": "u1",
            "agent_id": agent_id or an_agent().id,
            "input": {"task": "say é"},
            "configuration": {"model": "scripted"},
            "trigger": Trigger.MANUAL,
            "environment": DeploymentEnvironment.DEVELOPMENT,
            "created_at": NOW,
        }
        with storage.write() as unit:
            return unit.executions.add(NewExecution(**(values | given)))

    return add


@pytest.fixture
def an_event() -> Callable[..., Event]:
    def event(number: int = 1, seq: int = 0, kind: EventKind = EventKind.LOG, **given: Any) -> Event:
        return Event(**({"number": number, "attempt": 1, "seq": seq, "at": 1.5e9 + seq, "kind": kind} | given))

    return event
