"""Plugins on the page of frameworks: listed with their errors, looked up and installed by owners."""

import threading
from collections.abc import Callable, Sequence

import pytest
from screens import Visit

from orchestra.domain.plugins import PackageChange, PluginWork
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


async def test_the_log_of_an_install_grows_while_somebody_looks(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def install(_: object, __: object, say: Callable[[str], None]) -> None:
        say("fetching <b>hello</b>")
        assert go_on.wait(20)
        say("all is there")

    monkeypatch.setattr(installer, "plan", lambda *_, **__: [PackageChange("orchestra-hello", None, "1.0")])
    monkeypatch.setattr(installer, "install", install)
    await visit.user.open("/frameworks")
    await visit.sees("loaded in")
    visit.services.plugins.install(visit.principal, "orchestra-hello")
    visit.user.find("Show").click()
    await visit.sees("fetching <b>hello</b>")
    await visit.user.should_not_see("all is there")
    go_on.set()
    await visit.sees("all is there")
    await visit.sees("Show it again")


async def test_who_follows_an_install_gets_each_line_once_and_its_end(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def install(_: object, __: object, say: Callable[[str], None]) -> None:
        for number in range(500):
            say(f"line {number}")

    monkeypatch.setattr(installer, "plan", lambda *_, **__: [PackageChange("orchestra-hello", None, "1.0")])
    monkeypatch.setattr(installer, "install", install)
    visit.services.plugins.install(visit.principal, "orchestra-hello")
    said = [one async for one in visit.services.plugins.follow(visit.principal)]
    assert said[:-1] == [f"line {number}" for number in range(500)]
    assert isinstance(said[-1], PluginWork)
    assert "brings no plugin" in said[-1].message
