"""Scripts of the scripted model: what is in one, and which rule answers a prompt.

chunk_delay_ms: 15          # the pause between streamed pieces; 15 if absent, 0 to 1000
rules:                      # the first that fits answers; nothing is remembered between calls
  - when:                   # if absent, the rule always fits; what is not said otherwise is of the last message
      contains: [TEXT, …]   # all of these are in it (a single text will do)
      lacks: [TEXT, …]      # none of these is in it
      equals: TEXT          # it is this, but for white space around it
      matches: 'REGEX'      # re.search finds this; DOTALL and MULTILINE are on
      anywhere:             # the same four, of any message: each must fit one, and none may have what is lacked
      model: [NAME, …]      # the model is called so
      order: 2              # it is the second reply of the conversation: one message of the assistant was before
      tool: NAME            # the last message is what this tool gave back
    reply: |                # a template: ${group} is a named group of a `matches`, ${prompt} the last message's text,
      TEXT                  # ${model} the model's name, $$ a dollar sign
    tool_calls:             # instead of a reply, or after it; texts in the arguments are templates, too
      - {name: FUNCTION, arguments: {…}}
    chunk_delay_ms: 0       # for this reply
    usage: {input: 12, output: 3, cached: 0, reasoning: 0}  # what it says it used, in place of what we count
  - json: {…}               # a reply that is JSON; texts in it are templates
  - error: {status: 429, message: TEXT, code: NAME}  # the call fails, with a status from 400 to 599
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Template
from typing import Any, cast

from orchestra.domain.model_calls import Tokens
from orchestra.gateway.chat import text_of

DEFAULT_DELAY_MS = 15
BUILT_IN = frozenset({"prompt", "model"})
"""What a template may name without a `matches`."""

MAX_PROMPT_CHARACTERS = 100_000
"""A script's regular expressions meet text that an agent chose, and nothing can interrupt one."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Failure:
    """The call gets this error instead of an answer."""

    status: int
    message: str
    code: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model says: a text, calls of tools, or both; or that it fails."""

    text: str | None
    tool_calls: tuple[ToolCall, ...] = ()
    json: Any = None
    """In place of the text: a value that it is the JSON of."""
    failure: Failure | None = None
    usage: Tokens | None = None
    chunk_delay_ms: int | None = None


@dataclass(frozen=True, slots=True)
class TextTest:
    """What a text must hold, and must not."""

    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    equals: str | None = None
    matches: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    reply: Reply
    last: TextTest = TextTest()
    anywhere: TextTest = TextTest()
    models: tuple[str, ...] = ()
    order: int | None = None
    tool: str | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """A script as parsed; `source` is the name that faults are reported under."""

    source: str
    chunk_delay_ms: int
    rules: tuple[Rule, ...]


def answer(script: Script, messages: Sequence[object], model: str = "") -> Reply | None:
    """The reply of the first rule that fits what the model of this name is asked; None if none does."""
    texts = [text_of(message) for message in messages] or [""]
    for rule in script.rules:
        groups = _groups(rule, messages, texts, model)
        if groups is not None:
            return _filled(rule.reply, {**groups, "prompt": texts[-1], "model": model})
    return None


def _groups(rule: Rule, messages: Sequence[object], texts: Sequence[str], model: str) -> dict[str, str] | None:
    """The named groups of a rule that fits; None if it does not fit."""
    if rule.models and model not in rule.models:
        return None
    if rule.order is not None and rule.order != 1 + sum(_role(message) == "assistant" for message in messages):
        return None
    if rule.tool is not None and rule.tool not in _answered_tools(messages):
        return None
    anywhere = _fits(rule.anywhere, texts)
    if anywhere is None:
        return None
    last = _fits(rule.last, texts[-1:])
    return None if last is None else {**anywhere, **last}


def _fits(test: TextTest, texts: Sequence[str]) -> dict[str, str] | None:
    """The named groups, if each thing that is wanted is in one of the texts, and none has what is lacked."""
    if not all(any(part in text for text in texts) for part in test.contains):
        return None
    if any(part in text for part in test.lacks for text in texts):
        return None
    if test.equals is not None and not any(text.strip() == test.equals.strip() for text in texts):
        return None
    if test.matches is None:
        return {}
    found = (test.matches.search(text) for text in texts if len(text) <= MAX_PROMPT_CHARACTERS)
    match = next((match for match in found if match is not None), None)
    return None if match is None else match.groupdict(default="")


def _answered_tools(messages: Sequence[object]) -> set[str]:
    """The tools whose result the last message may be: by its name, by the call that it names, else any of the last."""
    last = cast(Mapping[str, Any], messages[-1]) if messages and isinstance(messages[-1], Mapping) else {}
    if last.get("role") not in {"tool", "function"}:
        return set()
    if isinstance(name := last.get("name"), str):
        return {name}
    for message in reversed(messages):
        if calls := list(_calls_in(message)):
            named = {name for identifier, name in calls if identifier == last.get("tool_call_id")}
            return named or {name for _, name in calls}
    return set()


def _calls_in(message: object) -> Iterator[tuple[object, str]]:
    """Id and tool of each call in an assistant's message, read without trust."""
    calls: object = cast(Mapping[str, Any], message).get("tool_calls") if isinstance(message, Mapping) else None
    for call in cast(list[object], calls) if isinstance(calls, list) else []:
        function: object = cast(Mapping[str, Any], call).get("function") if isinstance(call, Mapping) else None
        name: object = cast(Mapping[str, Any], function).get("name") if isinstance(function, Mapping) else None
        if isinstance(name, str):
            yield cast(Mapping[str, Any], call).get("id"), name


def _role(message: object) -> object:
    return cast(Mapping[str, Any], message).get("role") if isinstance(message, Mapping) else None


def _filled(reply: Reply, groups: Mapping[str, str]) -> Reply:
    text = None if reply.text is None else Template(reply.text).substitute(groups)
    if reply.json is not None:
        text = json.dumps(_filled_value(reply.json, groups), ensure_ascii=False)
    calls = tuple(ToolCall(call.name, _filled_value(call.arguments, groups)) for call in reply.tool_calls)
    return Reply(text, calls, None, reply.failure, reply.usage, reply.chunk_delay_ms)


def _filled_value(value: Any, groups: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return Template(value).substitute(groups)
    if isinstance(value, Mapping):
        return {key: _filled_value(inner, groups) for key, inner in cast(Mapping[str, Any], value).items()}
    if isinstance(value, list):
        return [_filled_value(inner, groups) for inner in cast(list[Any], value)]
    return value
