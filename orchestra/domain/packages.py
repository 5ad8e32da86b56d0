"""Packages that an agent needs beside those of its framework: they make another environment, derived from the first."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement

from orchestra.domain.frameworks import Framework
from orchestra.errors import Fault

PACKAGES_SCHEMA: Mapping[str, Any] = {
    "type": "array",
    "title": "Packages",
    "description": (
        "Further packages of Python that it needs, such as pandas>=2. They are installed beside the framework's own, "
        "into an environment of the agent's."
    ),
    "items": {"type": "string", "minLength": 1, "maxLength": 500},
    "maxItems": 100,
    "uniqueItems": True,
}
SEPARATOR = "."  # between a framework's id, in which it cannot be, and what names the packages
_DIGEST_CHARACTERS = 12
_DERIVED = re.compile(r"[a-z][a-z0-9_-]{0,39}\.[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DerivedFramework(Framework):
    """A framework with further packages: all as in `base`, but for the environment."""

    base: Framework
    packages: tuple[str, ...]


def packages_of(configuration: Mapping[str, Any]) -> tuple[str, ...]:
    """The further packages that a configuration names, in an order of their own."""
    given = configuration.get("packages")
    if not isinstance(given, list):
        return ()
    return tuple(sorted({one.strip() for one in cast(list[Any], given) if isinstance(one, str) and one.strip()}))


def environment_id(framework: str, configuration: Mapping[str, Any]) -> str:
    """What names the environment that runs with this configuration need: the framework's id, or one derived from it."""
    packages = packages_of(configuration)
    if not packages:
        return framework
    digest = hashlib.sha256(json.dumps(packages).encode()).hexdigest()[:_DIGEST_CHARACTERS]
    return f"{framework}{SEPARATOR}{digest}"


def is_derived(environment: str) -> bool:
    """Whether it is such an id with packages, and so a name of a folder that is harmless."""
    return _DERIVED.fullmatch(environment) is not None


def base_of(environment: str) -> str:
    """The framework that such an id belongs to."""
    return environment.partition(SEPARATOR)[0]


def belongs_to(environment: str, framework: str) -> bool:
    """Whether an environment's id is this one, or derived from it."""
    return framework in {environment, base_of(environment)}


def derived(base: Framework, packages: tuple[str, ...], locks: Mapping[str, Path]) -> DerivedFramework:
    """The framework with further packages, with the places of its locks by Python."""
    same: dict[str, Any] = {field.name: getattr(base, field.name) for field in fields(Framework)}
    names = [_name_of(one) for one in packages]
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    ours: dict[str, Any] = {
        "id": environment_id(base.id, {"packages": list(packages)}),
        "title": f"{base.title} with {names[0]}{more}",
        "requirements": None,
        "requirements_by_python": locks,
    }
    return DerivedFramework(**{**same, **ours}, base=base, packages=packages)


def faults_of_packages(packages: object, at: str) -> Iterator[Fault]:
    """What is wrong with the packages that a configuration names, whose shape fits the schema."""
    for index, one in enumerate(cast(Sequence[str], packages) if isinstance(packages, list) else ()):
        try:
            url = Requirement(one.strip()).url
        except InvalidRequirement:
            yield Fault(
                f"{at}/{index}", f"'{one[:80]}' names no package. Write it as pandas, pandas>=2 or pandas==2.3.1."
            )
            continue
        if url is not None and folder_of(url) is None:
            yield Fault(
                f"{at}/{index}", "A package comes from the index, or from a folder on this machine (file:///…)."
            )


def folder_of(url: str) -> Path | None:
    """The folder on this machine that a requirement names by its address; None if it is another address."""
    parts = urlsplit(url)
    path = Path(unquote(parts.path))
    return path if parts.scheme == "file" and parts.netloc in {"", "localhost"} and path.is_absolute() else None


def _name_of(requirement: str) -> str:
    try:
        return Requirement(requirement).name
    except InvalidRequirement:
        return requirement[:40]
