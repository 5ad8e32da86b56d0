"""Reads what uv and pip say: what would change, and why it cannot be done, in a sentence; pure."""

import json
import re
from collections.abc import Callable, Sequence

from orchestra.domain.plugins import PackageChange, normal_name
from orchestra.environments.uv_output import sentence_for

OF_A_FILE = "of this file"  # the version of what is not built yet
_LINE_OF_UV = re.compile(r"^ ([+-]) ([\w.-]+)(?:==(\S+)| @ \S+)")
_CAUSE_CHARACTERS = 500
_UNKNOWN = re.compile(
    r"Because ([\w.-]+) was not found in the (?:package registry|cache|provided package locations)|"
    r"No matching distribution found for (\S+)"
)
_DO_NOT_FIT = re.compile(r"No solution found|ResolutionImpossible|conflicting dependencies")
_FOREIGN = re.compile(r"externally[ -]managed")
_READ_ONLY = re.compile(r"Permission denied|os error 13|Read-only file system")


def changes_in_uv(lines: Sequence[str]) -> list[PackageChange]:
    """What uv's dry run would change, by name."""
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for line in lines:
        if found := _LINE_OF_UV.match(line):
            (after if found[1] == "+" else before)[normal_name(found[2])] = found[3] or OF_A_FILE
    return [PackageChange(name, before.get(name), after.get(name)) for name in sorted({*before, *after})]


def changes_in_pip(report: str, installed: Callable[[str], str | None]) -> list[PackageChange]:
    """What the report (JSON) of pip's dry run would change, by name; `installed` tells the version that is there."""
    told = [one["metadata"] for one in json.loads(report)["install"]]
    named = [(normal_name(one["name"]), one["version"]) for one in told]
    return sorted((PackageChange(name, installed(name), version) for name, version in named), key=lambda one: one.name)


def why_not(asked: str, lines: Sequence[str]) -> str:
    """Why something could not be installed or looked up, and what to do."""
    text = "\n".join(lines)
    if found := _UNKNOWN.search(text):
        return f"There is no package '{(found[1] or found[2])[:100]}' that this Python could install."
    if _DO_NOT_FIT.search(text):
        return (
            f"{asked} cannot be installed beside AgentOrchestra, whose own packages keep their versions: "
            f"{_cause(lines)} What a plugin's worker needs belongs into the lock of its framework; ask its author."
        )
    if _FOREIGN.search(text):
        return (
            "This Python belongs to the operating system, so nothing may be installed into it. "
            "Install AgentOrchestra into a virtual environment."
        )
    if _READ_ONLY.search(text):
        return f"{asked} could not be installed: the environment of AgentOrchestra cannot be written to."
    return sentence_for(asked, lines)


def _cause(lines: Sequence[str]) -> str:
    causes = [line.strip() for line in lines if re.match(r"\s*(cause:|╰─▶|The conflict is caused by)", line)]
    text = " ".join((causes[-1] if causes else "they need other versions of the same packages").split())
    text = re.sub(r"^(cause:|╰─▶)\s*", "", text)
    text = text if len(text) <= _CAUSE_CHARACTERS else f"{text[:_CAUSE_CHARACTERS]}…"
    return text if text.endswith((".", "…")) else f"{text}."
