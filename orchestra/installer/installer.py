"""Runs uv, or pip where there is no uv, on our own environment."""

import importlib.util
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestra.domain.plugins import PackageChange
from orchestra.environments.builder import uv_binary
from orchestra.environments.commands import Stop, scrubbed
from orchestra.errors import Conflict, Unavailable
from orchestra.installer.asked import Asked
from orchestra.installer.ours import installed_version, packages_of_ours
from orchestra.installer.said import OF_A_FILE, changes_in_pip, changes_in_uv, why_not

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Tool:
    """What installs: how it is called, and whether it is uv."""

    command: tuple[str, ...]
    is_uv: bool


def find_tool() -> Tool:
    """uv, which came with us, else pip; Unavailable if there is neither."""
    try:
        return Tool((uv_binary(), "pip"), True)
    except (Unavailable, ImportError):
        if importlib.util.find_spec("pip") is None:
            raise Unavailable("Neither uv nor pip is there to install with. Install AgentOrchestra again.") from None
        return Tool((sys.executable, "-m", "pip"), False)


def plan(asked: Asked, *, upgrade: bool = False, say: Say = lambda _: None) -> Sequence[PackageChange]:
    """What installing it would change; nothing is changed. Unavailable or Conflict, with a sentence, if it cannot be.

    Packages of ours never change: what wants another version of one is refused.
    """
    tool, own = find_tool(), packages_of_ours()
    with tempfile.TemporaryDirectory(prefix="orchestra-plugins.") as folder:
        report = Path(folder) / "report.json"
        dry = ["--dry-run"] if tool.is_uv else ["--dry-run", "--quiet", "--report", str(report)]
        said = _run(tool, asked, own, Path(folder), [*dry, *_upgrading(tool, asked, upgrade)], say)
        changes = changes_in_uv(said) if tool.is_uv else changes_in_pip(report.read_text(), installed_version)
    if touched := [one for one in changes if one.name in own]:
        raise Conflict(
            f"{asked.text} cannot be installed: {touched[0].sentence}, and that is a package of AgentOrchestra's own."
        )
    return changes


def install(asked: Asked, planned: Sequence[PackageChange], say: Say = lambda _: None) -> None:
    """Install it with exactly the versions that were planned; Unavailable, with a sentence, if that fails."""
    pins = {one.name: one.after for one in planned if one.after not in {None, OF_A_FILE}}
    with tempfile.TemporaryDirectory(prefix="orchestra-plugins.") as folder:
        _run(find_tool(), asked, {**packages_of_ours(), **pins}, Path(folder), [], say)


def uninstall(distribution: str, say: Say = lambda _: None) -> None:
    """Remove one package from our environment; what it had brought with it stays."""
    tool = find_tool()
    arguments = ["uninstall", *(_into(tool)), *([] if tool.is_uv else ["--yes"]), distribution]
    with tempfile.TemporaryDirectory(prefix="orchestra-plugins.") as folder:
        said: list[str] = []
        code = Stop().run([*tool.command, *arguments], Path(folder), _environment(tool), _both(said, say))
    if code != 0 or installed_version(distribution) is not None:
        raise Unavailable(
            f"{distribution} could not be removed from AgentOrchestra's environment. It may be installed elsewhere."
        )


def _run(
    tool: Tool, asked: Asked, pins: Mapping[str, str | None], folder: Path, more: Sequence[str], say: Say
) -> Sequence[str]:
    constraints = folder / "constraints.txt"
    constraints.write_text("".join(f"{name}=={version}\n" for name, version in pins.items()))
    arguments = ["install", *_into(tool), "--constraint", str(constraints), *more, "--", asked.text]
    said: list[str] = []
    say(f"$ {'uv pip' if tool.is_uv else 'pip'} {' '.join(arguments)}")
    code = Stop().run([*tool.command, *arguments], folder, _environment(tool), _both(said, say))
    if code != 0:
        raise Unavailable(why_not(asked.name or Path(asked.text).name, said))
    return said


def _into(tool: Tool) -> list[str]:
    return ["--python", sys.executable] if tool.is_uv else ["--disable-pip-version-check", "--no-input"]


def _upgrading(tool: Tool, asked: Asked, upgrade: bool) -> list[str]:
    if not upgrade:
        return []
    return ["--upgrade-package", asked.name] if tool.is_uv and asked.name else ["--upgrade"]


def _environment(tool: Tool) -> dict[str, str]:
    """What they get of our environment: how to reach an index; no secret of ours, as packages may build themselves."""
    prefix = "UV_CACHE_DIR" if tool.is_uv else "PIP_"
    own = {name: value for name, value in os.environ.items() if name.startswith(prefix)}
    return {**scrubbed(os.environ), **own, "NO_COLOR": "1", "UV_NO_PROGRESS": "1", "PYTHONUTF8": "1"}


def _both(said: list[str], say: Say) -> Say:
    def on_line(line: str) -> None:
        said.append(line)
        say(line)

    return on_line
