"""Reads what the model wants to do out of its reply: `<r>reason</r><c>command</c>`, then the argument."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FENCE = "```"
_FENCED = re.compile(r"\A```[^\n`]*\n(.*?)^[ \t]*```[ \t]*$", re.DOTALL | re.MULTILINE)
_COMMAND = re.compile(r"\s*<c>[\s`]{0,9}([^\s`<>]{1,100})[\s`]{0,9}</c>")
_TAKES_CODE = frozenset({"execute_python", "execute_shell"})


@dataclass(frozen=True)
class Action:
    thought: str
    command: str
    argument: str


def parse(reply: str) -> Action | None:
    """The first action in the reply, or None if there is none in the agreed form."""
    text = _after_reasoning(reply)
    heads = _heads(text)
    first = next(heads, None)
    if first is None:
        return None
    # Some models go on and invent a second action after what they think the first will give.
    end = next((head.start for head in heads if text[head.start - 1] == "\n"), len(text))
    return Action(first.thought, first.command, _argument(first.command, text[first.end : end]))


def _after_reasoning(reply: str) -> str:
    """Without the thinking aloud that some models put first."""
    before, mark, after = reply.partition("</think>")
    return after if mark and before.lstrip().startswith("<think>") else reply


@dataclass(frozen=True)
class _Head:
    start: int
    thought: str
    command: str
    end: int


def _heads(text: str) -> Iterator[_Head]:
    """Each `<r>…</r><c>…</c>`. By `find`, since hostile text can make a pattern search for ages."""
    behind = 0
    while (closed := text.find("</r>", behind)) >= 0:
        opened = text.find("<r>", behind, closed)
        behind = closed + 4
        found = _COMMAND.match(text, behind)
        if opened >= 0 and found:
            behind = found.end()
            yield _Head(opened, text[opened + 3 : closed].strip(), found.group(1).lower(), behind)


def _argument(command: str, raw: str) -> str:
    """The argument without the code fences that models like to put around it, or around the whole reply."""
    text = raw.strip("\r\n").rstrip()
    if text.lstrip().startswith(_FENCE):
        text = text.lstrip()
        fenced = _FENCED.match(text)
        if fenced is None:
            return text.partition("\n")[2].rstrip() if "\n" in text else text.strip("`").strip()
        if command in _TAKES_CODE or fenced.end() == len(text):
            return fenced.group(1).rstrip()
    elif text.endswith(_FENCE) and text.count(_FENCE) % 2:
        text = text[: -len(_FENCE)].rstrip()
    return text if command in _TAKES_CODE else text.strip()
