"""Reads a model's replies: the action at the end of one, and the code in one."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

_FENCE = "```"
_OPENING = re.compile(r"^[ \t]*```[ \t]*([A-Za-z0-9_+-]*)[ \t]*$", re.MULTILINE)
_CLOSING = re.compile(r"^[ \t]*```[ \t]*$", re.MULTILINE)
_WHERE_IT_INVENTS = re.compile(r"\[RESPONSE_BEGIN\]|^TOOL RESPONSE", re.MULTILINE)


@dataclass(frozen=True)
class Reply:
    """What the model says; and if it wants a tool, which, and what from it, in words."""

    text: str
    tool: str | None = None
    request: str = ""


def read(reply: str) -> Reply:
    """The last fenced JSON object with an action is what it wants; the text before it is what it says."""
    text = _WHERE_IT_INVENTS.split(_after_reasoning(reply), maxsplit=1)[0].strip()
    for block in reversed(blocks(text)):
        action = _action(block.content)
        if action is not None:
            return Reply(text[: block.start].strip(), *action)
    whole = _action(text)  # some models leave out the fence
    return Reply("", *whole) if whole else Reply(text)


def code_in(reply: str) -> str:
    """The first fenced block, or the whole reply if there is none."""
    text = _after_reasoning(reply).strip()
    found = blocks(text)
    return (found[0].content if found else text.strip("`")).strip("\n")


@dataclass(frozen=True)
class Block:
    start: int
    content: str


def blocks(text: str) -> list[Block]:
    """The fenced blocks, in their order; one that nobody closed goes to the end."""
    found: list[Block] = []
    position = 0
    while opening := _OPENING.search(text, position):
        closing = _CLOSING.search(text, opening.end())
        found.append(Block(opening.start(), text[opening.end() : closing.start() if closing else len(text)]))
        position = closing.end() if closing else len(text)
    return found


def _action(text: str) -> tuple[str, str] | None:
    try:
        found = json.loads(text, strict=False)  # models write line ends into strings
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("action"), str):
        return None
    request = found.get("action_input", "")
    return found["action"].strip(), request if isinstance(request, str) else json.dumps(request, ensure_ascii=False)


def _after_reasoning(reply: str) -> str:
    """Without the thinking aloud that some models put first."""
    before, mark, after = reply.partition("</think>")
    return after if mark and before.lstrip().startswith("<think>") else reply
