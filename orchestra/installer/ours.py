"""Knows which of the installed packages are ours: the product, and all that it stands on."""

import importlib
import importlib.metadata
from collections.abc import Mapping

from packaging.requirements import Requirement

from orchestra.domain.plugins import OURS, normal_name


def packages_of_ours() -> Mapping[str, str]:
    """The version of each package that AgentOrchestra needs, its own too, as installed; by normalised name."""
    found: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    left = [(OURS, frozenset[str]())]
    while left:
        one = name, extras = left.pop()
        if one in seen:
            continue
        seen.add(one)
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # of another system, or an extra that nobody chose
        found[name] = distribution.version
        for text in distribution.requires or ():
            requirement = Requirement(text)
            if _applies(requirement, extras):
                left.append((normal_name(requirement.name), frozenset(requirement.extras)))
    return found


def installed_version(name: str) -> str | None:
    """The version of a package in our environment; None if it is not there."""
    importlib.invalidate_caches()  # what just came or went was not there when the folder was read
    try:
        return importlib.metadata.version(name)
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return None


def _applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))
