"""Plugins on the page of frameworks: listed with their errors, looked up and installed by owners."""

from collections.abc import Sequence

import pytest
from screens import Visit

from orchestra.domain.plugins import PackageChange
from orchestra.installer import installer

pytestmark = pytest.mark.anyio


async def test_plugins_are_listed_and_a_name_that_is_none_is_refused(visit: Visit) -> None:
    await visit.user.open("/frameworks")
    await visit.sees("orchestra_probe")
    await visit.sees("loaded in")
    await visit.sees("Nothing was installed or removed since the server started.")
    visit.fill("Package of a plugin", "../../x")
    visit.press("Add plugin")
    await visit.user.should_see("'../../x' is no name of a package", retries=50)


async def test_what_would_come_is_shown_before_anything_is_installed(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[Sequence[PackageChange]] = []
    changes = [PackageChange("orchestra-hello", None, "1.0"), PackageChange("helper", "1", "2")]
    monkeypatch.setattr(installer, "plan", lambda *_, **__: changes)
    monkeypatch.setattr(installer, "install", lambda _, planned, __: installed.append(planned))
    await visit.user.open("/frameworks")
    await visit.sees("loaded in")
    visit.fill("Package of a plugin", "orchestra-hello")
    visit.press("Add plugin")
    await visit.sees("orchestra-hello 1.0 is installed; helper 1 becomes 2.")
    assert installed == []
    visit.press("Install")
    await visit.sees("orchestra-hello is installed, but brings no plugin.")
    assert installed == [changes]
