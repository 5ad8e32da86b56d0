"""The main job in a real browser: sign in, create, run, watch, cancel."""

import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from people import a_key
from pictures import keep_screenshot
from playwright.sync_api import BrowserContext, Page, expect
from servers import ServerUnderTest, processes_of

Visit = Callable[..., Page]


def test_signing_in_with_a_key(server: ServerUnderTest, new_context: Callable[..., BrowserContext]) -> None:
    command = [sys.executable, "-m", "orchestra", "keys", "create", "browser"]
    made = subprocess.run(command, env=server.environment(), capture_output=True, text=True, check=True)
    page = new_context().new_page()
    page.goto(server.presence.url + "/agents")
    page.get_by_label("API key").fill("ao_wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("not valid")
    page.get_by_label("API key").fill(made.stdout.strip())
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Agents")).to_be_visible()


def test_create_from_a_sample_run_and_watch_it_to_its_answer(server: ServerUnderTest, visit: Visit) -> None:
    page = visit(server, "/agents")
    page.get_by_role("button", name="New agent").click()
    page.get_by_text("MiniAGI").first.click()
    page.get_by_text("Squares of primes").first.click()
    page.get_by_role("textbox", name="Name").fill("Prime counter")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Prime counter")).to_be_visible()
    page.get_by_role("button", name="Run").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Run").click()
    page.wait_for_url(re.compile("/executions/"))
    expect(page.get_by_text("sum of squares: 65796")).to_be_visible()
    keep_screenshot(page, "execution")
    expect(page.get_by_text("Completed in")).to_be_visible()
    expect(page.get_by_text("add up to 65796").first).to_be_visible()


def test_log_lines_arrive_while_the_run_is_under_way(server: ServerUnderTest, visit: Visit) -> None:
    execution = server.start_run(server.agent("count", count=60, seconds=0.1))
    page = visit(server, f"/executions/{execution}")
    page.get_by_role("tab", name="Log").click()
    log = page.get_by_role("log", name=re.compile("log", re.IGNORECASE)).last
    expect(log).to_contain_text("line 3")
    assert server.execution(execution)["status"] == "RUNNING"
    expect(log).to_contain_text("line 20")
    server.call("DELETE", f"/executions/{execution}")
    expect(page.get_by_text("Cancelled after")).to_be_visible()


def test_cancelling_by_the_button_ends_the_processes(server: ServerUnderTest, visit: Visit) -> None:
    execution = server.start_run(server.agent("sleep", seconds=600))
    server.wait_for_log(execution, "sleeping")
    page = visit(server, f"/executions/{execution}")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled after")).to_be_visible()
    assert server.execution(execution)["status"] == "CANCELLED"
    assert processes_of(execution) == []


def test_faults_of_a_form_stand_at_their_fields(server: ServerUnderTest, visit: Visit) -> None:
    page = visit(server, "/agents/new")
    page.get_by_text("MiniAGI").first.click()
    page.get_by_text("Empty").first.click()
    page.get_by_role("textbox", name="Name").fill("No objective")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("This is required.").first).to_be_visible()
    names = [agent["name"] for agent in server.call("GET", "/agents", params={"limit": 100})["agents"]]
    assert "No objective" not in names


def test_the_list_of_executions_changes_by_itself(server: ServerUnderTest, visit: Visit) -> None:
    agent = server.agent("count", count=20, seconds=0.1)
    page = visit(server, f"/executions?agent={agent}")
    expect(page.get_by_role("heading", name="Executions")).to_be_visible()
    server.start_run(agent)
    expect(page.get_by_text("Running").first).to_be_visible()
    expect(page.get_by_text("Completed").first).to_be_visible()


HOSTILE = [
    "<script>window.owned = 1</script>",
    "<img src=x onerror='window.owned = 1'>",
    "{{ constructor.constructor('window.owned = 1')() }}",
    "[x](javascript:window.owned=1)",
    "\u202eevil\u2066",
    "\x1b[31mred\x1b]0;title\x07",
    "x" * 3000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=["script", "image", "vue", "markdown", "bidi", "ansi", "long"])
def test_what_agents_say_stays_text(server: ServerUnderTest, visit: Visit, text: str) -> None:
    agent = server.agent("say", text=text)
    server.call("PUT", f"/agents/{agent}", json={"name": text[:100], "description": text, "tags": [text[:100]]})
    execution = server.start_run(agent)
    server.wait(execution)
    page = visit(server, "/agents")
    for path in ("/agents", f"/agents/{agent}", f"/agents/{agent}/edit", "/executions", f"/executions/{execution}"):
        page.goto(server.presence.url + path)
        expect(page.get_by_role("navigation", name="Main")).to_be_visible()
        page.wait_for_timeout(300)
        assert page.evaluate("window.owned") is None
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("tab", name="Log").click()
    page.wait_for_timeout(300)
    assert page.evaluate("window.owned") is None


@pytest.mark.parametrize("colour_scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pages_fit_their_window_in_both_schemes(
    server: ServerUnderTest, visit: Visit, colour_scheme: str, width: int
) -> None:
    execution = server.run("say", text="hello")
    options = {"viewport": {"width": width, "height": 844}, "color_scheme": colour_scheme}
    page = visit(server, "/agents", **options)
    for path in ("/agents", f"/agents/{execution['agent']['id']}", "/agents/new", f"/executions/{execution['id']}"):
        page.goto(server.presence.url + path)
        expect(page.get_by_role("navigation", name="Main")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


def test_nothing_is_loaded_from_elsewhere(server: ServerUnderTest, visit: Visit) -> None:
    page = visit(server, "/agents")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/agents", "/agents/new", "/executions"):
        page.goto(server.presence.url + path)
        page.wait_for_timeout(300)
    own = (server.presence.url, server.presence.url.replace("http", "ws"), "data:", "blob:")
    assert [url for url in asked if not url.startswith(own)] == []


def test_the_page_comes_back_by_itself_after_a_crash(own_server: ServerUnderTest, visit: Visit) -> None:
    execution = own_server.start_run(own_server.agent("count", count=100, seconds=0.1))
    page = visit(own_server, f"/executions/{execution}")
    expect(page.get_by_text("Running").first).to_be_visible()
    own_server.kill()
    own_server.start()
    expect(page.get_by_text("Completed in")).to_be_visible(timeout=40_000)


def test_signing_out_ends_every_tab_of_the_session(server: ServerUnderTest, visit: Visit) -> None:
    page = visit(server, "/agents")
    other = page.context.new_page()
    other.goto(server.presence.url + "/executions")
    expect(other.get_by_role("heading", name="Executions")).to_be_visible()
    page.get_by_role("button", name="Your account").click()
    page.get_by_text("Sign out").click()
    expect(page.get_by_label("API key")).to_be_visible()
    expect(other.get_by_label("API key")).to_be_visible()
    page.goto(server.presence.url + "/agents")
    expect(page.get_by_label("API key")).to_be_visible()


def test_revoking_the_key_ends_the_pages_that_were_opened_with_it(
    server: ServerUnderTest, new_context: Callable[..., BrowserContext]
) -> None:
    key = a_key(server)
    page = new_context().new_page()
    page.goto(server.presence.url + "/agents")
    page.get_by_label("API key").fill(key["key"])
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Agents")).to_be_visible()
    server.call("DELETE", f"/keys/{key['id']}")
    expect(page.get_by_label("API key")).to_be_visible()
