from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestra.domain.agents import Agent
from orchestra.domain.executions import Execution
from orchestra_storage.database import open_engine
from orchestra_storage.migrate import migrate
from orchestra_storage.schema import metadata
from orchestra_storage.unit import Storage


def test_migrations_make_exactly_the_tables_of_the_code(tmp_path: Path):
    migrate(tmp_path / "orchestra.db")
    engine = open_engine(tmp_path / "orchestra.db")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_numbers_are_never_given_twice(storage: Storage, an_execution: Callable[..., Execution], an_agent):
    an_execution(an_agent().id)
    with storage.write() as unit:
        unit.agents.remove("a1", datetime.now(UTC))
    assert an_execution(an_agent().id).number == 2


ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=ZONES)  # naive limits, as it wants them


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=TIMES)
def test_times_come_back_as_the_same_moment_in_utc(storage: Storage, an_agent: Callable[..., Agent], at: datetime):
    id = f"t{datetime.now(UTC).timestamp()}{at.isoformat()}"
    an_agent(id=id, created_at=at)
    with storage.read() as unit:
        agent = unit.agents.get(id)
    assert agent is not None
    assert agent.created_at == at
    assert agent.created_at.utcoffset() == timedelta(0)


def test_a_time_without_zone_is_refused(storage: Storage, an_agent: Callable[..., Agent]):
    with pytest.raises(Exception, match="without a zone"):
        an_agent(created_at=datetime(2026, 1, 1))
