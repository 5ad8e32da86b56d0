"""Executions on the screens: list, watch, cancel."""

import asyncio
import time

import pytest
from screens import Visit

from orchestra.domain.executions import Execution
from orchestra.services.starting import StartRequest

pytestmark = pytest.mark.anyio


async def test_a_run_started_on_the_screen_is_watched_to_its_answer(visit: Visit) -> None:
    agent = visit.agent()
    await visit.user.open(f"/agents/{agent.id}")
    await visit.sees("It has not run yet.")
    visit.press("Run")
    await visit.sees("What the agent should do.")
    visit.press("Run")
    await visit.sees("Completed in")
    await visit.sees("async")
    await visit.sees("inner")
    await visit.sees("2 steps")


async def test_the_list_follows_what_happens(visit: Visit) -> None:
    await visit.user.open("/executions")
    await visit.sees("Choose an agent to run")
    visit.services.executions.start(visit.principal, StartRequest(visit.agent("Listed").id))
    await visit.sees("Listed")
    await visit.sees("Completed")


async def test_cancelling_on_the_screen_ends_the_run(visit: Visit) -> None:
    execution = _start(visit, do="sleep", seconds=60)
    await visit.user.open(f"/executions/{execution.id}")
    await visit.sees("Running")
    visit.press("Cancel")
    await visit.sees("Cancelled after", seconds=20)


async def test_a_failure_is_a_sentence_on_top(visit: Visit) -> None:
    execution = _start(visit, do="fail")
    await visit.user.open(f"/executions/{execution.id}")
    await visit.sees("The task cannot be done.")


async def test_a_question_is_answered_on_the_screen(visit: Visit) -> None:
    execution = _start(visit, do="ask", text="<i>Which</i> colour?", count=1)
    await visit.user.open(f"/executions/{execution.id}")
    await visit.sees("The run asks")
    await visit.sees("<i>Which</i> colour?")
    visit.fill("<i>Which</i> colour?", "red")
    visit.press("Answer")
    await visit.sees("Completed in")
    await visit.sees("red")
    ended = visit.services.executions.get(visit.principal, execution.id)
    assert ended.output == {"answers": ["red"]}


async def test_a_choice_is_a_button(visit: Visit) -> None:
    agent = visit.agent(do="ask", count=1)
    request = StartRequest(agent.id, input={"ask": {"choices": ["Left", "Right"]}})
    execution = visit.services.executions.start(visit.principal, request)
    await visit.user.open(f"/executions/{execution.id}")
    await visit.sees("The run asks")
    visit.press("Right")
    await visit.sees("Completed in")
    assert visit.services.executions.get(visit.principal, execution.id).output == {"answers": ["Right"]}


async def test_attempts_are_shown_with_their_reasons(visit: Visit) -> None:
    retries = {"attempts": 3, "backoffSeconds": 0.5, "jitter": 0}
    execution = _start(visit, do="fail_until", count=1, retries=retries)
    await visit.user.open(f"/executions/{execution.id}")
    await visit.sees("Attempt 2 of 3")
    await visit.sees("Attempt 1 did not work.")
    await visit.sees("Completed in")


async def test_an_owner_pauses_and_resumes_the_queue(visit: Visit) -> None:
    _start(visit, do="count", count=1)
    await visit.user.open("/executions")
    await visit.sees("Completed")
    visit.press("Pause the queue")
    await visit.sees("The queue is paused by")
    execution = _start(visit, "Waiting", do="count", count=1)
    await visit.user.open(f"/executions/{execution.id}")
    await visit.sees("next in the queue")
    await visit.user.open("/executions")
    await visit.sees("The queue is paused by")
    visit.press("Resume")
    await visit.user.open(f"/executions/{execution.id}")
    await visit.sees("Completed in")


async def test_hostile_output_is_only_text(visit: Visit) -> None:
    execution = _start(visit, "<b>name</b>", do="echo", text="<img src=x onerror=alert(1)> {{ 1 }} \u202e")
    await visit.user.open(f"/executions/{execution.id}")
    await visit.sees("<b>name</b>")
    await visit.sees("<img src=x onerror=alert(1)> {{ 1 }} ⟨U+202E⟩")


async def test_a_page_that_is_left_listens_no_more(visit: Visit) -> None:
    execution = _start(visit, do="sleep", seconds=5)
    await visit.user.open(f"/executions/{execution.id}")
    await visit.sees("Running")
    assert _listening() == 2
    visit.user.navigate.to("/agents/new")
    await visit.sees("New agent")
    await _nobody_listens()
    visit.services.executions.cancel(visit.principal, execution.id)
    deadline = time.monotonic() + 10
    while not visit.services.executions.get(visit.principal, execution.id).status.is_final:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def test_a_browser_that_is_closed_listens_no_more(visit: Visit) -> None:
    client = await visit.user.open("/executions")
    await visit.sees("Choose an agent to run")
    assert _listening() == 2
    client.delete()
    await _nobody_listens()


async def test_an_address_without_a_page_leaves_nothing_running(visit: Visit) -> None:
    await visit.user.open("/agents")
    await visit.sees("Create your first agent")
    visit.user.navigate.to("/no/such/page")
    await visit.sees("There is no page at this address.")
    await _nobody_listens()


async def _nobody_listens() -> None:
    deadline = time.monotonic() + 5
    while _listening() and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    assert _listening() == 0


def _start(visit: Visit, name: str = "Probe agent", **configuration: object) -> Execution:
    agent = visit.agent(name, **configuration)
    return visit.services.executions.start(visit.principal, StartRequest(agent.id))


def _listening() -> int:
    """How many readers of live events there are."""
    return sum(task.get_name() == "live" for task in asyncio.all_tasks())
