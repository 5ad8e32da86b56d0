"""Scripts of the scripted model: reads one, and finds the answer to a prompt.

chunk_delay_ms: 15          # the pause between streamed pieces; 15 if absent, 0 to 1000
rules:                      # the first that fits answers; nothing is remembered between calls
  - when:                   # if absent, the rule always fits; all looks at the last message's text
      contains: [TEXT, …]   # all of these are in it (a single text will do)
      lacks: [TEXT, …]      # none of these is in it
      matches: 'REGEX'      # re.search finds this; DOTALL and MULTILINE are on
    reply: |                # a template: ${group} is a named group of `matches`, $$ is a dollar sign
      TEXT
  - tool_calls:             # instead of a reply; texts in the arguments are templates, too
      - {name: FUNCTION, arguments: {…}}
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from string import Template
from typing import Any, cast

from orchestra.domain.text import pointer
from orchestra.errors import Fault
from orchestra.gateway import strict_yaml
from orchestra.gateway.chat import text_of

DEFAULT_DELAY_MS = 15
_MAX_DELAY_MS = 1000


@dataclass(frozen=True, slots=True)
class ToolCall:
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model says: either a text or calls of tools."""

    text: str | None
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    contains: tuple[str, ...]
    lacks: tuple[str, ...]
    matches: re.Pattern[str] | None
    reply: Reply


@dataclass(frozen=True, slots=True)
class Script:
    """A script as parsed; `source` is the name that faults are reported under."""

    source: str
    chunk_delay_ms: int
    rules: tuple[Rule, ...]


def answer(script: Script, messages: Sequence[object]) -> Reply | None:
    """The reply of the first rule that fits the last message; None if none does."""
    text = text_of(messages[-1]) if messages else ""
    for rule in script.rules:
        groups = _groups(rule, text)
        if groups is not None:
            return _filled(rule.reply, groups)
    return None


def _groups(rule: Rule, text: str) -> dict[str, str] | None:
    """The named groups of a rule that fits; None if it does not fit."""
    if not all(part in text for part in rule.contains) or any(part in text for part in rule.lacks):
        return None
    if rule.matches is None:
        return {}
    match = rule.matches.search(text)
    return None if match is None else match.groupdict(default="")


def _filled(reply: Reply, groups: Mapping[str, str]) -> Reply:
    text = None if reply.text is None else Template(reply.text).substitute(groups)
    calls = tuple(ToolCall(call.name, _filled_value(call.arguments, groups)) for call in reply.tool_calls)
    return Reply(text, calls)


def _filled_value(value: Any, groups: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return Template(value).substitute(groups)
    if isinstance(value, Mapping):
        return {key: _filled_value(inner, groups) for key, inner in cast(Mapping[str, Any], value).items()}
    if isinstance(value, list):
        return [_filled_value(inner, groups) for inner in cast(list[Any], value)]
    return value


def parse_script(text: str, source: str) -> Script:
    """The script in a YAML text; Invalid with a JSON pointer for each fault. `source` names it in messages."""
    faults: list[Fault] = []
    top = _mapping(strict_yaml.load(text, source), "", {"chunk_delay_ms", "rules"}, faults)
    script = Script(source, _delay(top, faults), _rules(top.get("rules"), faults))
    if faults:
        raise strict_yaml.invalid(source, faults)
    return script


def _delay(top: Mapping[str, Any], faults: list[Fault]) -> int:
    delay = top.get("chunk_delay_ms", DEFAULT_DELAY_MS)
    if type(delay) is int and 0 <= delay <= _MAX_DELAY_MS:  # a bool is an int, too
        return delay
    faults.append(Fault("/chunk_delay_ms", f"This must be a whole number from 0 to {_MAX_DELAY_MS}."))
    return DEFAULT_DELAY_MS


def _rules(given: object, faults: list[Fault]) -> tuple[Rule, ...]:
    if not isinstance(given, list):
        faults.append(Fault("/rules", "This must be a list of rules."))
        return ()
    return tuple(_rule(rule, pointer("rules", i), faults) for i, rule in enumerate(cast(list[object], given)))


def _rule(given: object, place: str, faults: list[Fault]) -> Rule:
    rule = _mapping(given, place, {"when", "reply", "tool_calls"}, faults)
    if not isinstance(given, dict):
        return Rule((), (), None, Reply(""))
    when = _mapping(rule.get("when", {}), place + "/when", {"contains", "lacks", "matches"}, faults)
    matches = _regex(when.get("matches"), place + "/when/matches", faults) if "matches" in when else None
    return Rule(
        contains=_texts(when.get("contains", []), place + "/when/contains", faults),
        lacks=_texts(when.get("lacks", []), place + "/when/lacks", faults),
        matches=matches,
        reply=_reply(rule, place, frozenset(matches.groupindex) if matches else frozenset(), faults),
    )


def _reply(rule: Mapping[str, Any], place: str, groups: Set[str], faults: list[Fault]) -> Reply:
    if ("reply" in rule) == ("tool_calls" in rule):
        faults.append(Fault(place, "A rule needs either a reply or tool_calls."))
        return Reply("")
    if "tool_calls" in rule:
        return Reply(None, _tool_calls(rule["tool_calls"], place + "/tool_calls", groups, faults))
    if not isinstance(rule["reply"], str):
        faults.append(Fault(place + "/reply", "This must be a text."))
        return Reply("")
    faults += _template_faults(rule["reply"], place + "/reply", groups)
    return Reply(rule["reply"])


def _tool_calls(given: object, place: str, groups: Set[str], faults: list[Fault]) -> tuple[ToolCall, ...]:
    if not isinstance(given, list) or not given:
        faults.append(Fault(place, "This must be a list of at least one call: {name: …, arguments: {…}}."))
        return ()
    calls = enumerate(cast(list[object], given))
    return tuple(_tool_call(call, place + pointer(index), groups, faults) for index, call in calls)


def _tool_call(given: object, place: str, groups: Set[str], faults: list[Fault]) -> ToolCall:
    call = _mapping(given, place, {"name", "arguments"}, faults)
    name = call.get("name")
    if not isinstance(name, str) or not name:
        faults.append(Fault(place + "/name", "This must be the name of a tool."))
    arguments = call.get("arguments", {})
    if not isinstance(arguments, dict):
        faults.append(Fault(place + "/arguments", "This must be a mapping of names to values."))
    faults += _template_faults(arguments, place + "/arguments", groups)
    return ToolCall(str(name), cast(Mapping[str, Any], arguments))


def _template_faults(value: Any, place: str, groups: Set[str]) -> Iterator[Fault]:
    """A fault for each text in a value that is no template, or names a group that there is not."""
    if isinstance(value, Mapping):
        for key, inner in cast(Mapping[str, Any], value).items():
            yield from _template_faults(inner, place + pointer(key), groups)
    elif isinstance(value, list):
        for index, inner in enumerate(cast(list[Any], value)):
            yield from _template_faults(inner, place + pointer(index), groups)
    elif isinstance(value, str):
        template = Template(value)
        if not template.is_valid():
            yield Fault(place, "A dollar sign must be written $$, and a group ${name}.")
            return
        for name in template.get_identifiers():
            if name not in groups:
                yield Fault(place, f"'matches' has no group called {name}.")


def _regex(given: object, place: str, faults: list[Fault]) -> re.Pattern[str] | None:
    if not isinstance(given, str):
        faults.append(Fault(place, "This must be a text: a regular expression."))
        return None
    try:
        return re.compile(given, re.DOTALL | re.MULTILINE)
    except (re.error, RecursionError, OverflowError) as error:
        faults.append(Fault(place, f"This is no regular expression: {error}."))
        return None


def _texts(given: object, place: str, faults: list[Fault]) -> tuple[str, ...]:
    texts = [given] if isinstance(given, str) else given
    if isinstance(texts, list) and all(isinstance(text, str) for text in cast(list[object], texts)):
        return tuple(cast(list[str], texts))
    faults.append(Fault(place, "This must be a text or a list of texts."))
    return ()


def _mapping(given: object, place: str, known: Set[str], faults: list[Fault]) -> dict[str, Any]:
    if not isinstance(given, dict):
        faults.append(Fault(place, f"This must be a mapping with the keys {', '.join(sorted(known))}."))
        return {}
    mapping = cast(dict[str, Any], given)
    for key in mapping.keys() - known:
        faults.append(Fault(place + pointer(key), f"This key is not known here: {', '.join(sorted(known))} are."))
    return mapping
