"""The page of frameworks in a real browser: a sample of each that runs at once."""

import re
from collections.abc import Callable

import pytest
from pictures import keep_screenshot
from playwright.sync_api import Page, expect
from servers import ServerUnderTest

from orchestra.registry import Registry

Visit = Callable[..., Page]


def test_every_framework_shows_its_state_version_licence_and_samples(server: ServerUnderTest, visit: Visit) -> None:
    registry = Registry()
    registry.load()
    page = visit(server, "/frameworks")
    for framework in registry.frameworks.values():
        card = page.get_by_role("region", name=framework.title, exact=True)
        expect(card).to_contain_text(framework.license)
        expect(card).to_contain_text(re.compile("no install needed|MB|GB"))
        buttons = card.get_by_role("button", name=re.compile("Try it"), include_hidden=True)
        expect(buttons).to_have_count(len([one for one in framework.samples if one.script]))
    keep_screenshot(page, "frameworks")


def test_a_sample_is_tried_by_one_click(server: ServerUnderTest, visit: Visit) -> None:
    page = visit(server, "/frameworks")
    page.get_by_role("button", name="Try it: Squares of primes").click()
    page.wait_for_url(re.compile("/executions/"))
    expect(page.get_by_text("Completed in")).to_be_visible()
    expect(page.get_by_text("add up to 65796").first).to_be_visible()


@pytest.mark.parametrize("colour_scheme", ["light", "dark"])
def test_the_page_fits_a_phone(server: ServerUnderTest, visit: Visit, colour_scheme: str) -> None:
    options = {"viewport": {"width": 390, "height": 844}, "color_scheme": colour_scheme}
    page = visit(server, "/frameworks", **options)
    expect(page.get_by_role("button", name="Try it: Squares of primes")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    keep_screenshot(page, f"frameworks-phone-{colour_scheme}")
