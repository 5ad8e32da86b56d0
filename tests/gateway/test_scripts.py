"""Parsing scripts, and finding the answer to a prompt."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orchestra.domain.model_calls import Tokens
from orchestra.errors import Invalid
from orchestra.gateway.script_parsing import parse_script
from orchestra.gateway.scripts import Failure, Reply, Script, ToolCall, answer
from orchestra.registry import Registry


def script(rules: str) -> Script:
    return parse_script(f"rules:\n{rules}", "test")


def said(parsed: Script, text: Any) -> str | None:
    reply = answer(parsed, [{"role": "user", "content": text}])
    return reply.text if reply else None


def faults_of(text: str) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        parse_script(text, "test")
    return {fault.pointer: fault.message for fault in caught.value.faults}


def test_the_first_rule_that_fits_answers() -> None:
    parsed = script("- {when: {contains: tea}, reply: one}\n- {when: {contains: te}, reply: two}\n- {reply: three}")
    assert [said(parsed, text) for text in ("tea", "te", "x")] == ["one", "two", "three"]


def test_without_a_rule_that_fits_there_is_no_answer() -> None:
    assert answer(script("- {when: {contains: tea}, reply: one}"), [{"role": "user", "content": "coffee"}]) is None
    assert answer(parse_script("rules: []", "test"), []) is None


def test_all_texts_must_be_contained_and_none_that_is_lacked() -> None:
    parsed = script("- {when: {contains: [a, b], lacks: [c, d]}, reply: yes it fits}")
    fitting = [text for text in ("ab", "a", "abc", "adb", "b a") if said(parsed, text)]
    assert fitting == ["ab", "b a"]


def test_only_the_last_message_counts() -> None:
    parsed = script("- {when: {contains: tea}, reply: one}")
    assert answer(parsed, [{"role": "user", "content": "tea"}, {"role": "user", "content": "coffee"}]) is None


def test_a_pattern_finds_over_lines_and_fills_the_reply() -> None:
    parsed = script("- {when: {matches: '^total (?P<sum>\\d+)$.*end'}, reply: 'It is ${sum}, $$${sum}.'}")
    assert said(parsed, "begin\ntotal 42\nmore\nend") == "It is 42, $42."


def test_a_group_that_took_no_part_is_empty() -> None:
    assert said(script("- {when: {matches: 'a(?P<b>b)?'}, reply: '<${b}>'}"), "a") == "<>"


def test_content_may_come_in_parts_or_be_missing() -> None:
    parsed = script("- {when: {contains: tea for two}, reply: one}\n- {when: {matches: '^$'}, reply: nothing}")
    parts = [{"type": "text", "text": "tea "}, {"type": "image_url"}, {"type": "text", "text": "for two"}]
    assert [said(parsed, content) for content in (parts, None, [])] == ["one", "nothing", "nothing"]


def test_tools_are_called_with_filled_arguments() -> None:
    parsed = script(
        "- when: {matches: 'in (?P<city>\\w+)'}\n"
        "  tool_calls: [{name: weather, arguments: {city: '${city}', days: [1, '$$2']}}, {name: wait}]"
    )
    calls = (ToolCall("weather", {"city": "Bern", "days": [1, "$2"]}), ToolCall("wait", {}))
    assert answer(parsed, [{"content": "in Bern"}]) == Reply(None, calls)


def test_any_message_can_be_looked_at() -> None:
    parsed = script(
        "- {when: {anywhere: {contains: [tea, milk], lacks: sugar, matches: 'for (?P<n>\\d)'}}, reply: '${n} cups'}"
    )
    messages = [{"content": "tea"}, {"content": "for 2"}, {"content": "with milk"}]
    reply = answer(parsed, messages)
    assert reply is not None
    assert reply.text == "2 cups"
    assert answer(parsed, [*messages, {"content": "and sugar"}]) is None
    assert answer(parsed, messages[:2]) is None


def test_rules_can_be_of_one_model_or_one_turn() -> None:
    parsed = script(
        "- {when: {model: [a, b], order: 2}, reply: second}\n"
        "- {when: {model: a}, reply: 'first of ${model}: ${prompt}'}"
    )
    user, assistant = {"role": "user", "content": "hi"}, {"role": "assistant", "content": "x"}
    assert answer(parsed, [user, assistant, user], "b") == Reply("second")
    assert answer(parsed, [user], "a") == Reply("first of a: hi")
    assert answer(parsed, [user], "b") is None


def test_what_a_tool_gave_back_is_known_by_its_call() -> None:
    parsed = script("- {when: {tool: look_up}, reply: looked}\n- {when: {tool: wait}, reply: waited}")
    calls = [{"id": f"c{i}", "function": {"name": name}} for i, name in enumerate(["look_up", "wait"])]
    asked = {"role": "assistant", "tool_calls": calls}
    assert answer(parsed, [asked, {"role": "tool", "tool_call_id": "c1", "content": "ok"}]) == Reply("waited")
    assert answer(parsed, [asked, {"role": "tool", "content": "ok"}]) == Reply("looked")
    assert answer(parsed, [{"role": "function", "name": "wait"}]) == Reply("waited")
    assert answer(parsed, [asked, {"role": "user", "content": "ok"}]) is None


def test_a_reply_can_be_json_with_texts_from_the_prompt() -> None:
    parsed = script("- {when: {matches: 'say (?P<what>.*)'}, json: {said: ['${what}', 1, null]}}")
    assert said(parsed, 'say "x"') == '{"said": ["\\"x\\"", 1, null]}'


def test_a_call_can_fail_and_tell_what_it_used() -> None:
    failing = script("- {error: {status: 429, message: Too fast., code: rate_limit}}")
    assert answer(failing, [{"content": "x"}]) == Reply(None, failure=Failure(429, "Too fast.", "rate_limit"))
    telling = script(
        "- {reply: x, tool_calls: [{name: f}], chunk_delay_ms: 0, usage: {input: 7, output: 1, cached: 3}}"
    )
    usage = Tokens(7, 1, 3)
    assert answer(telling, [{"content": "x"}]) == Reply("x", (ToolCall("f", {}),), usage=usage, chunk_delay_ms=0)


def test_the_pause_between_pieces_has_a_default() -> None:
    assert parse_script("rules: []", "test").chunk_delay_ms == 15
    assert parse_script("{chunk_delay_ms: 0, rules: []}", "test").chunk_delay_ms == 0


@pytest.mark.parametrize(
    ("text", "pointer", "says"),
    [
        ("", "", "mapping"),
        ("[]", "", "mapping"),
        ("{}", "/rules", "list of rules"),
        ("rules: {}", "/rules", "list of rules"),
        ("{rules: [], speed: 1}", "/speed", "not known"),
        ("{rules: [], a/b: 1}", "/a~1b", "not known"),
        ("{rules: [], chunk_delay_ms: 1001}", "/chunk_delay_ms", "from 0 to 1000"),
        ("{rules: [], chunk_delay_ms: true}", "/chunk_delay_ms", "whole number"),
        ("{rules: [], chunk_delay_ms: .nan}", "/chunk_delay_ms", "finite"),
        ("rules: [7]", "/rules/0", "mapping"),
        ("rules: [{}]", "/rules/0", "needs a reply"),
        ("rules: [{reply: a, json: 1}]", "/rules/0", "needs a reply"),
        ("rules: [{error: {status: 200}}]", "/rules/0/error/status", "from 400 to 599"),
        ("rules: [{error: {status: 429, more: 1}}]", "/rules/0/error/more", "not known"),
        ("rules: [{json: null}]", "/rules/0/json", "value"),
        ("rules: [{json: {a: '${who}'}}]", "/rules/0/json/a", "no group called who"),
        ("rules: [{reply: a, usage: {input: -1}}]", "/rules/0/usage/input", "whole number"),
        ("rules: [{reply: a, chunk_delay_ms: 1001}]", "/rules/0/chunk_delay_ms", "from 0 to 1000"),
        ("rules: [{reply: a, when: {order: 0}}]", "/rules/0/when/order", "from 1"),
        ("rules: [{reply: a, when: {tool: [f]}}]", "/rules/0/when/tool", "text"),
        ("rules: [{reply: a, when: {anywhere: {order: 1}}}]", "/rules/0/when/anywhere/order", "not known"),
        ("rules: [{reply: 7}]", "/rules/0/reply", "text"),
        ("rules: [{reply: costs $5}]", "/rules/0/reply", "$$"),
        ("rules: [{reply: '${who}'}]", "/rules/0/reply", "no group called who"),
        ("rules: [{reply: a, when: null}]", "/rules/0/when", "mapping"),
        ("rules: [{reply: a, when: {has: b}}]", "/rules/0/when/has", "not known"),
        ("rules: [{reply: a, when: {contains: yes}}]", "/rules/0/when/contains", "list of texts"),
        ("rules: [{reply: a, when: {lacks: [1]}}]", "/rules/0/when/lacks", "list of texts"),
        ("rules: [{reply: a, when: {matches: '(' }}]", "/rules/0/when/matches", "regular expression"),
        ("rules: [{reply: a, when: {matches: null}}]", "/rules/0/when/matches", "text"),
        ("rules: [{tool_calls: []}]", "/rules/0/tool_calls", "at least one"),
        ("rules: [{tool_calls: [{}]}]", "/rules/0/tool_calls/0/name", "name of a tool"),
        ("rules: [{tool_calls: [{name: f, arguments: []}]}]", "/rules/0/tool_calls/0/arguments", "mapping"),
        ("rules: [{tool_calls: [{name: f, arguments: {a: $}}]}]", "/rules/0/tool_calls/0/arguments/a", "$$"),
        ("rules: [{tool_calls: [{name: f, arguments: {1: a}}]}]", "/rules/0/tool_calls/0/arguments", "Keys"),
        ("rules: [{tool_calls: [{name: f, arguments: {d: 2026-01-02}}]}]", "/rules/0/tool_calls/0/arguments/d", "quot"),
        ("rules: [{reply: a, reply: b}]", "/rules/0/reply", "twice"),
        ("{rules: [&a {reply: a}, *a]}", "/rules/1", "Aliases"),
        ("rules: &a [*a]", "/rules/0", "Aliases"),
        ('rules: [{reply: "\\uD800"}]', "/rules/0/reply", "surrogates"),
        ("rules: [", "", "expected"),
        ("rules: !!python/name:os.system", "/rules", "not understood"),
        ("rules: !!bool perhaps", "", "perhaps"),
        ("[" * 3000, "", "deep"),
    ],
)
def test_every_fault_has_its_place(text: str, pointer: str, says: str) -> None:
    assert says in faults_of(text)[pointer]


def test_all_faults_are_told_at_once() -> None:
    assert set(faults_of("{chunk_delay_ms: x, rules: [{}, {reply: $}], more: 1}")) == {
        "/chunk_delay_ms",
        "/rules/0",
        "/rules/1/reply",
        "/more",
    }


def test_the_scripts_that_we_ship_are_valid() -> None:
    registry = Registry()
    registry.load()
    samples = [one for framework in registry.frameworks.values() for one in framework.samples]
    shipped = [one.script for one in samples if one.script is not None]
    assert len(shipped) >= 11
    for path in shipped:
        assert parse_script(path.read_text("utf-8"), path.name).rules


YAMLISH = st.text(alphabet=st.sampled_from("rules:[]{}'\"-& *!|>\n ${}()?P<a>x\\.0#%@\t"), max_size=80)


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")  # of re, for odd patterns
@given(st.one_of(st.text(), YAMLISH, YAMLISH.map("rules: [{{reply: {}}}]".format)), st.text())
@example("rules: !!int ''", "")
@example("rules: !!timestamp soon", "")
@example("rules: [{reply: a, when: {matches: 'a{99999999999}'}}]", "")
def test_a_script_parses_or_is_invalid(text: str, prompt: str) -> None:
    try:
        parsed = parse_script(text, "test")
    except Invalid as error:
        assert error.faults
    else:
        answer(parsed, [{"content": prompt}])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["content", "text", "type"]), inner),
)


@given(st.lists(JSON))
def test_any_messages_can_be_looked_at(messages: list[Any]) -> None:
    assert answer(script("- {when: {matches: '(?P<all>.*)'}, reply: '${all}'}"), messages) is not None


@given(st.one_of(st.text(), st.sampled_from(["$", "${x}", "$x", "$$", "${", "\\1", "\\g<x>"])))
def test_what_a_group_holds_is_inert(content: str) -> None:
    parsed = script("- {when: {matches: 'x=(?P<x>.*)\\Z'}, reply: '<${x}>'}")
    assert said(parsed, "x=" + content) == f"<{content}>"
