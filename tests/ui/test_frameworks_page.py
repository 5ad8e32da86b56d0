"""Frameworks on the screens: installed, followed, broken off, repaired and removed, and agents that wait for them."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from boxed import Boxed
from screens import Visit, visiting
from servers import PLUGINS

from orchestra.domain.agents import AgentStatus
from orchestra.services.agents import AgentDraft

pytestmark = pytest.mark.anyio


@pytest.fixture
def boxed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Boxed:
    made = Boxed(tmp_path)
    made.use(monkeypatch)
    return made


@pytest.fixture
async def visit(boxed: Boxed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Visit]:
    for folder in (PLUGINS, boxed.plugins):
        monkeypatch.syspath_prepend(str(folder))
    sys.modules.pop("boxed_plugin", None)
    async with visiting(tmp_path, "boxed_plugin") as visit:
        yield visit


async def test_a_framework_is_installed_watched_and_removed(visit: Visit, boxed: Boxed) -> None:
    await visit.user.open("/frameworks")
    await visit.sees("It is not installed. Install it to run its agents.")
    await visit.sees("no install needed")
    await visit.sees("about 0 MB, on Python")
    boxed.gate.touch()
    visit.press("Install")
    await visit.sees("Checking that it can be imported")
    await visit.sees("It is being installed.")
    boxed.gate.unlink()
    await visit.sees("Environments take")
    await visit.sees("Repair")
    visit.press("Remove")
    await visit.sees("Its agents cannot run until it is installed again.")
    visit.press("Remove")
    await visit.sees("It is not installed. Install it to run its agents.")


async def test_an_install_is_broken_off_by_its_button(visit: Visit, boxed: Boxed) -> None:
    boxed.gate.touch()
    await visit.user.open("/frameworks")
    await visit.sees("Install")
    visit.press("Install")
    await visit.sees("It is being installed.")
    visit.press("Cancel")
    await visit.sees("It is not installed. Install it to run its agents.")


async def test_a_failure_is_told_where_it_happened_and_at_agents(visit: Visit, boxed: Boxed) -> None:
    (boxed.links / "boxpkg-1.0-py3-none-any.whl").unlink()
    agent = visit.services.agents.create(visit.principal, AgentDraft("Waiting", "boxed", {}))
    await visit.user.open(f"/agents/{agent.id}")
    await visit.sees("It is not installed.")
    visit.press("Deploy")
    await visit.sees("cannot be found together")
    assert visit.services.agents.get(visit.principal, agent.id).status is AgentStatus.ERROR
    await visit.user.open("/frameworks")
    await visit.sees("Try again")


async def test_an_agent_is_deployed_by_one_click(visit: Visit, boxed: Boxed) -> None:
    boxed.gate.touch()
    agent = visit.services.agents.create(visit.principal, AgentDraft("Waiting", "boxed", {}))
    await visit.user.open(f"/agents/{agent.id}")
    await visit.sees("Deploy")
    visit.press("Deploy")
    await visit.sees("Deploying")
    await visit.sees("Boxed is being installed.")
    boxed.gate.unlink()
    await visit.sees("Idle")
    await visit.user.should_not_see("Boxed is being installed.")


async def test_a_sample_is_tried_by_one_click_which_installs_what_it_needs(visit: Visit, boxed: Boxed) -> None:
    boxed.gate.touch()
    await visit.user.open("/frameworks")
    await visit.sees("A short run")
    visit.press("Try it")
    await visit.sees("Boxed is being installed:")
    boxed.gate.unlink()
    await visit.sees("Completed in")
    await visit.user.open("/frameworks")
    await visit.sees("Repair")
    visit.press("Try it")
    await visit.sees("Completed in")
    agents = visit.services.agents.list(visit.principal, framework="boxed").items
    assert [one.name for one in agents] == ["A short run"]
    assert agents[0].statistics.total == 2
