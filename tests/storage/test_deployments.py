"""Frameworks that are being installed, as agents and executions see them."""

from collections.abc import Callable
from datetime import datetime

import pytest

from orchestra.domain.agents import Agent, AgentStatus, Deployment, status_of
from orchestra.domain.executions import Execution, ExecutionStatus, Outcome
from orchestra_storage.unit import Storage

DEPLOYING = Deployment("miniagi", AgentStatus.DEPLOYING)
FAILED = Deployment("miniagi", AgentStatus.ERROR, "The disk is full.")


@pytest.mark.parametrize("deployment", [DEPLOYING, FAILED])
@pytest.mark.parametrize("hold", [None, AgentStatus.STOPPED])
@pytest.mark.parametrize("last", [None, ExecutionStatus.FAILED])
def test_every_agent_of_the_framework_shows_it_and_the_filter_agrees(
    storage: Storage,
    an_agent: Callable[..., Agent],
    an_execution: Callable[..., Execution],
    now: datetime,
    deployment: Deployment,
    hold: AgentStatus | None,
    last: ExecutionStatus | None,
) -> None:
    agent, other = an_agent(), an_agent(framework="another")
    ended = an_execution(agent.id)
    with storage.write() as unit:
        unit.executions.finish(ended.number, Outcome(last or ExecutionStatus.COMPLETED, "It ended."), now)
        unit.agents.hold(agent.id, hold, now)
        unit.deployments.put(deployment, now)
        pages = {status: unit.agents.page("u1", status=status, page=1, limit=10) for status in AgentStatus}
        shown = unit.agents.get(agent.id)
    expected = status_of(0, last, hold, deployment.status)
    found = {status: {one.id for one in page.items} for status, page in pages.items() if page.total}
    assert found.pop(AgentStatus.IDLE, set()) == {other.id}
    assert found == {expected: {agent.id}}
    assert shown is not None
    assert (shown.status, shown.status_reason) == (expected, deployment.reason)


def test_it_ends_and_an_agent_that_is_made_meanwhile_shows_it_too(
    storage: Storage, an_agent: Callable[..., Agent], now: datetime
) -> None:
    with storage.write() as unit:
        unit.deployments.put(DEPLOYING, now)
        unit.deployments.put(FAILED, now)
        assert unit.deployments.all() == {"miniagi": FAILED}
    made = an_agent()
    with storage.read() as unit:
        assert [agent.status for agent in unit.agents.page("u1", page=1, limit=5).items] == [AgentStatus.ERROR]
        assert unit.deployments.agents_of("miniagi") == [(made.id, "u1")]
    with storage.write() as unit:
        unit.deployments.remove("miniagi", now)
        assert [agent.status for agent in unit.agents.page("u1", page=1, limit=5).items] == [AgentStatus.IDLE]


def test_what_waits_for_its_framework_is_not_claimed_before(
    storage: Storage, an_agent: Callable[..., Agent], an_execution: Callable[..., Execution], now: datetime
) -> None:
    waiting, other = an_execution(), an_execution(an_agent(framework="another").id)
    with storage.write() as unit:
        unit.deployments.put(DEPLOYING, now)
        assert [one.id for one in unit.queue.claim(10, now)] == [other.id]
        assert unit.queue.claim(10, now) == []
        unit.deployments.remove("miniagi", now)
        assert [one.id for one in unit.queue.claim(10, now)] == [waiting.id]
