"""Reads what packages a project asks for, and tells which of them its environment would lack."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .declarations import text_of

_LOCK = Path(__file__).with_name("requirements.lock")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==", re.MULTILINE)
_TOOLS_EXTRA = re.compile(r"crewai\s*\[[^\]]*\btools\b", re.IGNORECASE)
_MOST = 200


def asked_for(folder: Path) -> Iterator[str]:
    """The requirements in a project's pyproject.toml and requirements.txt, as they stand there."""
    yield from list(_declared(text_of(folder / "pyproject.toml")))[:_MOST]
    lines = (line.partition("#")[0].strip() for line in text_of(folder / "requirements.txt").splitlines())
    yield from [line for line in lines if line and not line.startswith("-")][:_MOST]


def not_in_lock(dependencies: Iterable[str]) -> list[str]:
    """The names of those packages that CrewAI's environment lacks, each once; `crewai[tools]` means `crewai-tools`."""
    pinned = {_normal(name) for name in _PINNED.findall(_LOCK.read_text("utf-8"))}
    named: list[str] = []
    for one in map(str.strip, dependencies):
        named += [found[0]] if (found := _NAME.match(one)) else []
        named += ["crewai-tools"] if _TOOLS_EXTRA.match(one) else []
    return list(dict.fromkeys(name for name in named if _normal(name) not in pinned))


def _declared(described: str) -> Iterator[str]:
    try:
        project: Any = tomllib.loads(described).get("project", {})
    except tomllib.TOMLDecodeError:
        return
    given = project.get("dependencies") if isinstance(project, dict) else None
    yield from (one for one in given if isinstance(one, str)) if isinstance(given, list) else ()


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
