from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from orchestra.domain.agents import Agent, AgentStatus, status_of
from orchestra.domain.executions import Execution, ExecutionStatus, Outcome
from orchestra.domain.identity import Role, User
from orchestra_storage.unit import Storage

NewAgent = Callable[..., Agent]


def test_an_agent_comes_back_as_it_was_stored(storage: Storage, an_agent: NewAgent):
    agent = an_agent(description="<b>é\n😀", tags=("x", "y"), configuration={"deep": [{"n": 1.5, "none": None}]})
    with storage.read() as unit:
        assert unit.agents.get(agent.id) == agent


def test_an_agent_is_found_only_by_its_owner(storage: Storage, an_agent: NewAgent):
    agent = an_agent()
    with storage.read() as unit:
        assert unit.agents.get_visible("u1", agent.id) == agent
        assert unit.agents.get_visible("u2", agent.id) is None
        assert unit.agents.get("nothing") is None


def test_pages_are_newest_first_and_know_the_total(storage: Storage, an_agent: NewAgent):
    for _ in range(5):
        an_agent()
    with storage.read() as unit:
        page = unit.agents.page("u1", page=2, limit=2)
        assert [agent.id for agent in page.items] == ["a3", "a2"]
        assert (page.total, page.pages) == (5, 3)
        assert unit.agents.page("u1", page=4, limit=2).items == []


def test_agents_of_one_moment_keep_their_order(storage: Storage, an_agent: NewAgent, now: datetime):
    for _ in range(4):
        an_agent(created_at=now)
    with storage.read() as unit:
        pages = [unit.agents.page("u1", page=n, limit=1).items[0].id for n in (1, 2, 3, 4)]
    assert pages == ["a4", "a3", "a2", "a1"]


def test_a_page_holds_only_its_owners_agents(storage: Storage, an_agent: NewAgent, now: datetime):
    with storage.write() as unit:
        unit.users.add(User("u2", "Bob", Role.MEMBER, now))
    an_agent(owner_id="u2")
    with storage.read() as unit:
        assert unit.agents.page("u1", page=1, limit=10).total == 0


def test_a_page_can_be_of_one_framework(storage: Storage, an_agent: NewAgent):
    an_agent()
    wanted = an_agent(framework="crewai")
    with storage.read() as unit:
        page = unit.agents.page("u1", framework="crewai", page=1, limit=10)
        assert (page.items, page.total) == ([wanted], 1)


def test_only_what_is_named_changes(storage: Storage, an_agent: NewAgent, now: datetime):
    agent = an_agent(description="old", tags=("x",))
    later = now + timedelta(hours=1)
    with storage.write() as unit:
        unit.agents.update(agent.id, updated_at=later, description=None, is_active=False)
        changed = unit.agents.get(agent.id)
    assert changed is not None
    assert (changed.description, changed.is_active, changed.updated_at) == (None, False, later)
    assert (changed.name, changed.tags, changed.configuration) == (agent.name, ("x",), agent.configuration)


def test_everything_that_may_change_can_be_changed(storage: Storage, an_agent: NewAgent, now: datetime):
    agent = an_agent()
    with storage.write() as unit:
        unit.agents.update(agent.id, updated_at=now, name="New", configuration={"b": 2}, tags=["z"])
        changed = unit.agents.get(agent.id)
    assert changed is not None
    assert (changed.name, changed.configuration, changed.tags) == ("New", {"b": 2}, ("z",))


def test_removing_an_agent_removes_its_executions(storage: Storage, an_execution: Callable[..., Execution]):
    gone, kept = an_execution(), an_execution()
    with storage.write() as unit:
        assert unit.agents.remove(gone.agent_id, datetime.now(UTC)) is True
        assert unit.agents.remove(gone.agent_id, datetime.now(UTC)) is False
        assert unit.executions.get(gone.id) is None
        assert unit.executions.get(kept.id) == kept


ENDS = [None, *(status for status in ExecutionStatus if status.is_final)]


@pytest.mark.parametrize("last", ENDS)
@pytest.mark.parametrize("running", [0, 1])
def test_the_filter_agrees_with_the_status(
    storage: Storage,
    an_agent: NewAgent,
    an_execution: Callable[..., Execution],
    now: datetime,
    last: ExecutionStatus | None,
    running: int,
):
    agent = an_agent()
    for _ in range(running + (last is not None)):
        an_execution(agent.id)
    with storage.write() as unit:
        claimed = unit.queue.claim(10, now)
        if last is not None:
            unit.executions.finish(claimed[0].number, Outcome(last, "It ended."), now)
        pages = {status: unit.agents.page("u1", status=status, page=1, limit=10) for status in AgentStatus}
    expected = status_of(running, last)
    assert {status for status, page in pages.items() if page.total} == {expected}
    assert [found.status for found in pages[expected].items] == [expected]
