"""Reads scripts of the scripted model from YAML, and names each fault in one by its place."""

import re
from collections.abc import Iterator, Mapping, Set
from string import Template
from typing import Any, cast

from orchestra.domain.model_calls import Tokens
from orchestra.domain.text import pointer
from orchestra.errors import Fault
from orchestra.gateway import strict_yaml
from orchestra.gateway.scripts import BUILT_IN, DEFAULT_DELAY_MS, Failure, Reply, Rule, Script, TextTest, ToolCall

_MAX_DELAY_MS = 1000
_MOST_TOKENS = 1_000_000_000
_TESTS = frozenset({"contains", "lacks", "equals", "matches"})
_ANSWERS = frozenset({"reply", "tool_calls", "json", "error"})


def parse_script(text: str, source: str) -> Script:
    """The script in a YAML text; Invalid with a JSON pointer for each fault. `source` names it in messages."""
    faults: list[Fault] = []
    top = _mapping(strict_yaml.load(text, source), "", {"chunk_delay_ms", "rules"}, faults)
    script = Script(source, _delay(top, faults), _rules(top.get("rules"), faults))
    if faults:
        raise strict_yaml.invalid(source, faults)
    return script


def _delay(top: Mapping[str, Any], faults: list[Fault], place: str = "") -> int:
    delay = top.get("chunk_delay_ms", DEFAULT_DELAY_MS)
    if type(delay) is int and 0 <= delay <= _MAX_DELAY_MS:  # a bool is an int, too
        return delay
    faults.append(Fault(place + "/chunk_delay_ms", f"This must be a whole number from 0 to {_MAX_DELAY_MS}."))
    return DEFAULT_DELAY_MS


def _rules(given: object, faults: list[Fault]) -> tuple[Rule, ...]:
    if not isinstance(given, list):
        faults.append(Fault("/rules", "This must be a list of rules."))
        return ()
    return tuple(_rule(rule, pointer("rules", i), faults) for i, rule in enumerate(cast(list[object], given)))


def _rule(given: object, place: str, faults: list[Fault]) -> Rule:
    keys = {"when", *_ANSWERS, "chunk_delay_ms", "usage"}
    rule = _mapping(given, place, keys, faults)
    if not isinstance(given, dict):
        return Rule(Reply(""))
    when = _mapping(rule.get("when", {}), place + "/when", {*_TESTS, "anywhere", "model", "order", "tool"}, faults)
    anywhere = _mapping(when.get("anywhere", {}), place + "/when/anywhere", _TESTS, faults)
    last_test = _test(when, place + "/when", faults)
    anywhere_test = _test(anywhere, place + "/when/anywhere", faults)
    groups = {*BUILT_IN, *_group_names(last_test), *_group_names(anywhere_test)}
    return Rule(
        reply=_reply(rule, place, groups, faults),
        last=last_test,
        anywhere=anywhere_test,
        models=_texts(when.get("model", []), place + "/when/model", faults),
        order=_order(when["order"], place + "/when/order", faults) if "order" in when else None,
        tool=_text(when["tool"], place + "/when/tool", faults) if "tool" in when else None,
    )


def _test(given: Mapping[str, Any], place: str, faults: list[Fault]) -> TextTest:
    return TextTest(
        contains=_texts(given.get("contains", []), place + "/contains", faults),
        lacks=_texts(given.get("lacks", []), place + "/lacks", faults),
        equals=_text(given["equals"], place + "/equals", faults) if "equals" in given else None,
        matches=_regex(given["matches"], place + "/matches", faults) if "matches" in given else None,
    )


def _group_names(test: TextTest) -> Set[str]:
    return frozenset(test.matches.groupindex) if test.matches else frozenset()


def _order(given: object, place: str, faults: list[Fault]) -> int | None:
    if type(given) is int and given >= 1:
        return given
    faults.append(Fault(place, "This must be a whole number from 1."))
    return None


def _text(given: object, place: str, faults: list[Fault]) -> str | None:
    if isinstance(given, str):
        return given
    faults.append(Fault(place, "This must be a text."))
    return None


def _reply(rule: Mapping[str, Any], place: str, groups: Set[str], faults: list[Fault]) -> Reply:
    answers = _ANSWERS & rule.keys()
    if not answers or (len(answers) > 1 and answers != {"reply", "tool_calls"}):
        faults.append(Fault(place, "A rule needs a reply, tool_calls, both of these, json or an error."))
        return Reply("")
    text = _text(rule["reply"], place + "/reply", faults) if "reply" in rule else None
    if text is not None:
        faults += _template_faults(text, place + "/reply", groups)
    if "json" in rule:
        faults += _template_faults(rule["json"], place + "/json", groups)
        if rule["json"] is None:
            faults.append(Fault(place + "/json", "This must be a value; null would be none."))
    calls = _tool_calls(rule["tool_calls"], place + "/tool_calls", groups, faults) if "tool_calls" in rule else ()
    return Reply(
        text,
        calls,
        rule.get("json"),
        _failure(rule["error"], place + "/error", faults) if "error" in rule else None,
        _usage(rule["usage"], place + "/usage", faults) if "usage" in rule else None,
        _delay(rule, faults, place) if "chunk_delay_ms" in rule else None,
    )


def _failure(given: object, place: str, faults: list[Fault]) -> Failure:
    error = _mapping(given, place, {"status", "message", "code"}, faults)
    status = error.get("status")
    if type(status) is not int or not 400 <= status <= 599:
        faults.append(Fault(place + "/status", "This must be a whole number from 400 to 599."))
        status = 500
    message = _text(error.get("message", f"The script answers with status {status}."), place + "/message", faults)
    return Failure(status, message or "", _text(error.get("code", "scripted_error"), place + "/code", faults) or "")


def _usage(given: object, place: str, faults: list[Fault]) -> Tokens:
    names = ("input", "output", "cached", "reasoning")
    usage = _mapping(given, place, frozenset(names), faults)
    for name, count in usage.items():
        if name in names and (type(count) is not int or not 0 <= count <= _MOST_TOKENS):
            faults.append(Fault(f"{place}/{name}", f"This must be a whole number from 0 to {_MOST_TOKENS:,}."))
    return Tokens(**{name: usage[name] for name in names if type(usage.get(name)) is int})


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
