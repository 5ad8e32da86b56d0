"""Pictures of the documentation, made by the tests that visit the pages."""

import os
from pathlib import Path

from playwright.sync_api import Page

SCREENSHOTS = os.environ.get("SCREENSHOTS")


def keep_screenshot(page: Page, name: str) -> None:
    """Renew a picture of the documentation, when SCREENSHOTS names its folder."""
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png")
