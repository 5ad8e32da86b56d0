"""Reads lock files: which packages they pin, and whether they are sealed; pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from packaging.markers import default_environment
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from orchestra.errors import Invalid

_HASH = re.compile(r"\s--hash[= ]\s*\S+")


@dataclass(frozen=True, slots=True)
class Pin:
    """One package of a lock, by its normalised name; `applies` is False if its marker rules this machine out."""

    name: str
    version: str
    applies: bool


def pins_of(lock: str, python: str, source: str = "The lock", *, may_name_wheels: bool = False) -> tuple[Pin, ...]:
    """What a lock pins, for a Python such as "3.11"; Invalid, with a sentence, if it is no sealed lock.

    Options are refused: an index that a plugin names would be asked without anybody's consent. Wheels on this machine
    are only in locks that were made here.
    """
    return tuple(_pin(line, python, source, may_name_wheels) for line in _logical_lines(lock))


def entries_of(lock: str) -> Iterator[tuple[str, str]]:
    """Each entry of a lock that uv has made, as one line with its hashes, by its normalised name."""
    for line in _logical_lines(lock):
        yield canonicalize_name(Requirement(_HASH.sub("", line).strip()).name), " ".join(line.split())


def _logical_lines(lock: str) -> Iterator[str]:
    for line in re.sub(r"\\\r?\n", " ", lock).splitlines():
        stripped = re.sub(r"(^|\s)#.*$", "", line).strip()
        if stripped:
            yield stripped


def _pin(line: str, python: str, source: str, may_name_wheels: bool) -> Pin:
    if line.startswith("-"):
        raise Invalid(
            f"{source} holds the option '{line.split()[0][:40]}'; a lock names packages and their hashes only."
        )
    stated, hashes = _HASH.sub("", line).strip(), _HASH.findall(line)
    try:
        requirement = Requirement(stated)
    except InvalidRequirement as error:
        raise Invalid(f"{source} cannot be read: '{stated[:80]}' is no requirement.") from error
    versions = [one.version for one in requirement.specifier if one.operator in {"==", "==="}]
    if may_name_wheels and requirement.url is not None and requirement.url.startswith("file:"):
        versions = [str(parse_wheel_filename(unquote(requirement.url.rpartition("/")[2]))[1])]
    elif requirement.url is not None:
        versions = []
    if len(versions) != 1:
        raise Invalid(f"{source} does not pin {requirement.name} to one version of the index.")
    if not hashes:
        raise Invalid(f"{source} lists {requirement.name} without a hash, so nobody could tell what is installed.")
    applies = requirement.marker is None or requirement.marker.evaluate(_machine(python))
    return Pin(canonicalize_name(requirement.name), versions[0], applies)


def _machine(python: str) -> dict[str, str]:
    machine: Mapping[str, object] = default_environment()
    return {
        **{name: str(value) for name, value in machine.items()},
        "python_version": python,
        "python_full_version": f"{python}.99",
    }
