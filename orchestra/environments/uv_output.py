"""Reads what uv says while it works: progress by package, and failures as sentences; pure.

uv's verbose lines are no interface, so nothing depends on them but progress: a line that is not known says nothing.
"""

import re
from collections.abc import Sequence
from urllib.parse import unquote

from orchestra.domain.environments import Phase, Progress

_NOISE = re.compile(r"^(DEBUG|TRACE|\s*0\.\d+s DEBUG) ")
_SELECTING = re.compile(r"DEBUG Selecting: ([\w.-]+)==")
_MISSING = re.compile(r"DEBUG Identified uncached distribution: ([\w.-]+)==")
_FETCHING = re.compile(
    r"DEBUG Sending fresh GET request for: \S+/([\w.%+-]+?)-[^/\s]*\.(?:whl|tar\.gz|zip)(?:$|[#?\s])"
)
_DOWNLOADED = re.compile(r"^\s*Download(?:ing|ed) ([\w.-]+)")
_BUILDING = re.compile(r"^\s*Building ([\w.-]+)==")
_INSTALLED = re.compile(r"^\s\+ ([\w.-]+)==")
_CREDENTIALS = re.compile(r"//[^/@\s]+@")
_CAUSE = re.compile(r"^\s*cause: (.*)$")
_SENTENCE_CHARACTERS = 400

_UNREACHABLE = re.compile(
    r"error sending request|dns error|client error \(Connect\)|network connectivity is disabled|tunnel error|"
    r"operation timed out|connection (?:refused|reset)|failed to fetch: .*timed out",
    re.IGNORECASE,
)
_FULL = re.compile(
    r"no space left on device|os error 28|disk quota exceeded|os error 122|not enough space", re.IGNORECASE
)
_HASH = re.compile(r"Hash mismatch for `([^`]+)`")
_NOT_BUILT = re.compile(r"Failed to (?:download and )?build `([^`]+)`")
_REFUSED = re.compile(r"HTTP status \w+ error \((\d+[^)]*)\)")


def is_noise(line: str) -> bool:
    """Whether a line is for uv's developers, and left out of logs."""
    return bool(_NOISE.match(line))


def without_credentials(line: str) -> str:
    """The line with names and passwords taken out of its addresses: logs are for everybody who may look."""
    return _CREDENTIALS.sub("//…@", line)


class ProgressReader:
    """Turns lines, in order, into progress; `total` is how many packages the lock has for this machine."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._seen: dict[Phase, set[str]] = {phase: set() for phase in Phase}
        self._missing = 0

    def read(self, line: str) -> Progress | None:
        """The progress that a line tells of; None if it tells of none."""
        if found := _SELECTING.search(line):
            return self._note(Phase.RESOLVE, found[1], self._total)
        if _MISSING.search(line):
            self._missing += 1
            return None
        if found := _FETCHING.search(line) or _DOWNLOADED.match(line):
            return self._note(Phase.FETCH, _normal(found[1]), self._missing)
        if found := _BUILDING.match(line):
            return self._note(Phase.BUILD, found[1], 0)
        if found := _INSTALLED.match(line):
            return self._note(Phase.INSTALL, found[1], self._total)
        return None

    def _note(self, phase: Phase, package: str, total: int) -> Progress:
        seen = self._seen[phase]
        seen.add(_normal(package))
        return Progress(phase, len(seen), max(total, len(seen)) if total else 0, package)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", unquote(name)).lower()


def sentence_for(title: str, lines: Sequence[str]) -> str:
    """Why uv failed to install a framework, and what to do, from all that it said."""
    text = "\n".join(line for line in lines if not is_noise(line))
    causes = [found[1] for line in lines if (found := _CAUSE.match(line))]
    if _FULL.search(text):
        return f"The disk is full, so {title} could not be installed. Make room, then install it again."
    if found := _HASH.search(text):
        return (
            f"The package {found[1]} is not the one that {title} was tested with (its hash differs), so nothing was "
            "installed. Check which package index is used, or ask the plugin's author."
        )
    if found := _NOT_BUILT.search(text):
        return (
            f"{found[1]} has no ready-made package for this machine, and could not be built here: "
            f"{_last_words(lines)} The log says more; a compiler or another Python may be missing."
        )
    if _UNREACHABLE.search(text):
        return (
            f"The package index cannot be reached, so {title} could not be installed. Check the network, then install "
            "it again; what is installed already goes on working."
        )
    if found := _REFUSED.search(text):
        return f"The package index answered {found[1]}, so {title} could not be installed. Check which index is used."
    if "No solution found" in text:
        cause = next((cause for cause in causes if cause.startswith("Because")), causes[-1] if causes else "")
        return (
            f"The packages of {title} cannot be found together: {_cut(cause)} Ask the plugin's author for a new lock."
        )
    first = next((line.partition("error: ")[2] for line in lines if line.startswith("error: ")), "")
    return f"{title} could not be installed: {_cut(': '.join(filter(None, [first, *causes[:1]])) or 'uv failed')}"


def conflict_in(lines: Sequence[str]) -> str | None:
    """Why packages cannot be had together, as uv explains it; None if something else went wrong."""
    text = " ".join(" ".join(line for line in lines if not is_noise(line)).split())
    if "No solution found" not in text or _UNREACHABLE.search(text):
        return None
    found = re.search(r"Because .*?(?=hint:|$)", text)
    return _cut(found[0] if found else "they contradict each other")


def _last_words(lines: Sequence[str]) -> str:
    """The last line of what a build printed, as the error that it most often is."""
    indented = [line.strip() for line in lines if line.startswith("   ") and line.strip()]
    causes = [found[1] for line in lines if (found := _CAUSE.match(line))]
    return _cut((indented or causes or ["it did not say why"])[-1])


def _cut(text: str) -> str:
    text = " ".join(text.split())
    text = text if len(text) <= _SENTENCE_CHARACTERS else text[:_SENTENCE_CHARACTERS] + "…"
    return text if text.endswith((".", "…")) else text + "."
