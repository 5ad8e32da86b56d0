"""Due ticks are settled exactly once, whoever looks and whatever the clock says."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from orchestra.bus import Bus
from orchestra.domain.agents import Agent
from orchestra.domain.executions import Execution
from orchestra.domain.frameworks import Framework
from orchestra.domain.identity import Role, User
from orchestra.domain.schedules import MissedPolicy, Overlap, Schedule, TickOutcome, Timing
from orchestra.services.ticking import TickService
from orchestra_storage.migrate import migrate
from orchestra_storage.unit import Storage

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class _Frameworks:
    def get(self, framework: str) -> Framework:
        made = _Anything(id=framework, title="Anything", config_schema={"type": "object"}, needs_environment=False)
        return cast(Framework, made)

    def prepare(self, *_: object, **__: object) -> None:
        """It is there."""


class _Anything:
    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


class _Executions:
    """Notes what it is told; nothing is run."""

    def __init__(self) -> None:
        self.seen: list[Execution] = []

    def started(self, execution: Execution) -> None:
        self.seen.append(execution)

    def cancel_all(self, executions: Sequence[Execution]) -> float:
        return 0.0


@pytest.fixture
def database(tmp_path: Path) -> Path:
    migrate(tmp_path / "orchestra.db")
    return tmp_path / "orchestra.db"


@pytest.fixture
def storage(database: Path) -> Iterator[Storage]:
    storage = Storage.open(database)
    agent = Agent("a", "u", "agent", "any", {}, NOW, NOW)
    with storage.write() as unit:
        unit.users.add(User("u", "Ada", Role.OWNER, NOW))
        unit.agents.add(agent)
    yield storage
    storage.close()


def a_server(storage: Storage) -> tuple[TickService, _Executions]:
    executions = _Executions()
    return TickService(storage, Bus(), cast(Any, _Frameworks()), cast(Any, executions)), executions


def a_schedule(storage: Storage, **more: Any) -> None:
    values: dict[str, Any] = {"overlap": Overlap.CANCEL_RUNNING, "next_due_at": NOW, **more}
    timing = values.pop("timing", Timing(interval_seconds=1, starts_at=NOW))
    with storage.write() as unit:
        unit.schedules.add(Schedule("s", "u", "a", "agent", "often", timing, NOW, NOW, **values))


def outcomes(storage: Storage) -> list[tuple[datetime, TickOutcome]]:
    with storage.read() as unit:
        return [(tick.due_at, tick.outcome) for tick in unit.schedules.ticks("s", page=1, limit=1000).items][::-1]


def test_two_servers_on_one_database_start_each_tick_once(database: Path, storage: Storage) -> None:
    a_schedule(storage)
    with Storage.open(database).read():
        pass
    other = Storage.open(database)
    servers = [a_server(storage), a_server(other)]
    moments = [NOW + timedelta(seconds=second) for second in range(30)]
    with ThreadPoolExecutor(2) as both:
        looks = [both.submit(lambda one=one: [one[0].settle(moment) for moment in moments]) for one in servers]
        assert [look.result() for look in looks]
    other.close()
    assert outcomes(storage) == [(moment, TickOutcome.STARTED) for moment in moments]
    assert sum(len(executions.seen) for _, executions in servers) == len(moments)


def test_a_clock_that_is_set_back_and_forth_starts_no_tick_twice(storage: Storage) -> None:
    a_schedule(storage, missed=MissedPolicy.RUN_ALL, missed_limit=100)
    ticks, executions = a_server(storage)
    for second in (0, 1, 50, 2, 3, 51, 0, 52):
        ticks.settle(NOW + timedelta(seconds=second))
    assert [due for due, _ in outcomes(storage)] == [NOW + timedelta(seconds=second) for second in range(53)]
    assert len(executions.seen) == 53


def test_it_tells_when_to_look_again(storage: Storage) -> None:
    a_schedule(storage)
    ticks, _ = a_server(storage)
    assert ticks.settle(NOW - timedelta(seconds=5)) == NOW
    assert ticks.settle(NOW) == NOW + timedelta(seconds=1)


def test_a_queue_of_ticks_has_an_end(storage: Storage) -> None:
    a_schedule(storage, overlap=Overlap.QUEUE)
    ticks, _ = a_server(storage)
    for second in range(103):
        ticks.settle(NOW + timedelta(seconds=second))
    settled = [outcome for _, outcome in outcomes(storage)]
    assert settled == [TickOutcome.STARTED] + [TickOutcome.QUEUED] * 100 + [TickOutcome.SKIPPED] * 2


def test_missed_ticks_are_announced_once(storage: Storage) -> None:
    from orchestra_storage.schema import webhook_deliveries, webhooks

    with storage.write() as unit:
        connection = unit.schedules._connection  # pyright: ignore[reportPrivateUsage]
        values = {"id": "w", "owner_id": "u", "url": "http://x", "events": ["schedule.missed"], "secret": "-"}
        connection.execute(webhooks.insert(), {**values, "is_active": True, "created_at": NOW, "updated_at": NOW})
    a_schedule(storage, missed=MissedPolicy.SKIP)
    ticks, _ = a_server(storage)
    ticks.settle(NOW + timedelta(hours=1))
    ticks.settle(NOW + timedelta(hours=1))
    with storage.read() as unit:
        connection = unit.schedules._connection  # pyright: ignore[reportPrivateUsage]
        payloads = [row.payload for row in connection.execute(webhook_deliveries.select())]
    assert len(payloads) == 1 and '"missed":3540,' in payloads[0].replace(" ", "")
