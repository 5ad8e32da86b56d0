"""Agents on the screens: list, make, change, duplicate, delete."""

import pytest
from screens import Visit

from orchestra.errors import NotFound
from orchestra.services.starting import StartRequest

pytestmark = pytest.mark.anyio


async def test_an_empty_list_says_what_an_agent_is_and_offers_to_make_one(visit: Visit) -> None:
    await visit.user.open("/agents")
    await visit.sees("An agent is a framework with a configuration, ready to be run.")
    visit.press("Create your first agent")
    await visit.sees("New agent")


async def test_the_list_shows_an_agent_made_elsewhere_at_once(visit: Visit) -> None:
    await visit.user.open("/agents")
    await visit.sees("Create your first agent")
    visit.agent("Made over REST")
    await visit.sees("Made over REST")


async def test_the_address_keeps_the_chosen_filters(visit: Visit) -> None:
    visit.agent("Quiet one")
    await visit.user.open("/agents?status=ERROR&framework=probe")
    await visit.sees("There are no agents here.")
    await visit.user.should_not_see("Quiet one")


async def test_an_agent_is_made_with_the_form_of_its_framework(visit: Visit) -> None:
    await visit.user.open("/agents/new?framework=probe")
    await visit.sees("What the run does; see worker.py.")
    visit.fill("Name", "My agent")
    visit.fill("Tags", "one, two")
    visit.fill("Do", "echo")
    visit.press("Save")
    await visit.sees("Recent executions")
    [agent] = visit.services.agents.list(visit.principal).items
    assert (agent.name, agent.tags, agent.configuration) == ("My agent", ("one", "two"), {"do": "echo"})


async def test_faults_are_told_at_their_fields_and_on_top(visit: Visit) -> None:
    await visit.user.open("/agents/new?framework=probe")
    await visit.sees("Save")
    visit.fill("Name", "Faulty")
    visit.press("Save")
    await visit.sees("It was not saved: 1 thing to put right.")
    await visit.sees("Do: This is required.")
    assert visit.services.agents.list(visit.principal).total == 0


async def test_an_agent_is_changed_and_keeps_what_was_not_touched(visit: Visit) -> None:
    agent = visit.agent("Before", count=7)
    await visit.user.open(f"/agents/{agent.id}/edit")
    await visit.sees("Edit Before")
    visit.fill("Name", "After")
    visit.press("Save")
    await visit.sees("Recent executions")
    changed = visit.services.agents.get(visit.principal, agent.id)
    assert (changed.name, changed.configuration) == ("After", {"do": "async", "count": 7})


async def test_the_page_of_an_agent_says_how_to_call_it(visit: Visit) -> None:
    agent = visit.agent()
    await visit.user.open(f"/agents/{agent.id}")
    await visit.sees("Bearer YOUR_KEY")
    await visit.sees(agent.id)


async def test_a_copy_of_an_agent_has_its_configuration(visit: Visit) -> None:
    agent = visit.agent("Original", count=9)
    await visit.user.open(f"/agents/{agent.id}")
    await visit.sees("Duplicate")
    visit.press("Duplicate")
    await visit.sees("Edit Original copy")
    copies = [a for a in visit.services.agents.list(visit.principal).items if a.name == "Original copy"]
    assert copies[0].configuration == agent.configuration


async def test_deleting_an_agent_asks_first(visit: Visit) -> None:
    agent = visit.agent("Short-lived")
    await visit.user.open(f"/agents/{agent.id}")
    await visit.sees("Delete")
    visit.press("Delete")
    await visit.sees("This cannot be undone.")
    assert visit.services.agents.get(visit.principal, agent.id)
    visit.press("Delete")
    await visit.sees("Create your first agent")
    with pytest.raises(NotFound):
        visit.services.agents.get(visit.principal, agent.id)


@pytest.mark.parametrize("path", ["/agents/unknown", "/agents/unknown/edit", "/executions/unknown"])
async def test_what_does_not_exist_is_said_to_be_missing(visit: Visit, path: str) -> None:
    await visit.user.open(path)
    await visit.sees("'unknown'")
    await visit.sees("Go to your agents")


async def test_whoever_saves_over_the_change_of_somebody_else_is_told_before(visit: Visit) -> None:
    agent = visit.agent("Before", count=7)
    await visit.user.open(f"/agents/{agent.id}/edit")
    await visit.sees("Edit Before")
    visit.services.agents.update(visit.principal, agent.id, {"description": "theirs"})
    visit.fill("Name", "Mine")
    visit.press("Save")
    await visit.sees("Somebody else saved this agent while you changed it.")
    assert visit.services.agents.get(visit.principal, agent.id).name == "Before"
    visit.press("Save")
    await visit.sees("Somebody else saved this agent while you changed it.")
    assert visit.services.agents.get(visit.principal, agent.id).name == "Before"
    visit.press("Save mine over theirs")
    await visit.sees("Recent executions")
    saved = visit.services.agents.get(visit.principal, agent.id)
    assert (saved.name, saved.description) == ("Mine", None)


async def test_a_run_in_between_is_no_change_of_the_agent(visit: Visit) -> None:
    agent = visit.agent("Before")
    await visit.user.open(f"/agents/{agent.id}/edit")
    await visit.sees("Edit Before")
    visit.services.executions.start(visit.principal, StartRequest(agent.id))
    visit.fill("Name", "After")
    visit.press("Save")
    await visit.sees("Recent executions")
    assert visit.services.agents.get(visit.principal, agent.id).name == "After"
