"""Known secrets are taken out of text, bytes and data."""

import json

from hypothesis import given
from hypothesis import strategies as st

from orchestra.redactor import MASK, Redactor

SECRET = "sk-0123456789abcdef"


def knowing(*secrets: str) -> Redactor:
    redactor = Redactor()
    for secret in secrets:
        redactor.learn(secret)
    return redactor


def test_nothing_is_touched_while_nothing_is_known() -> None:
    data, mapping = b"x" * 10, {"a": 1}
    redactor = Redactor()
    assert redactor.bytes(data) is data
    assert redactor.data(mapping) is mapping


def test_every_secret_goes_and_the_rest_stays() -> None:
    redactor = knowing(SECRET, "whsec_0123456789", SECRET + "-longer")
    assert redactor.text(f"a {SECRET}-longer b {SECRET} c") == f"a {MASK} b {MASK} c"
    assert redactor.bytes(b"\xff whsec_0123456789 \xff") == b"\xff %b \xff" % MASK.encode()
    assert redactor.data({"deep": [{"key": SECRET}]}) == {"deep": [{"key": MASK}]}


def test_what_is_learned_later_goes_too() -> None:
    redactor = knowing(SECRET)
    assert redactor.text("another-0123456789") == "another-0123456789"
    redactor.learn("another-0123456789")
    assert redactor.text(f"another-0123456789 {SECRET}") == f"{MASK} {MASK}"


def test_words_that_some_servers_want_for_a_key_stay() -> None:
    assert knowing("ollama", "lm-studio", "").text("ask ollama or lm-studio") == "ask ollama or lm-studio"


@given(secret=st.text(min_size=12, max_size=40), around=st.text(max_size=20))
def test_a_secret_goes_in_whatever_way_json_writes_it(secret: str, around: str) -> None:
    redactor = knowing(secret)
    for is_ascii in (True, False):
        line = json.dumps({"message": f"{around}{secret}{around}"}, ensure_ascii=is_ascii).encode()
        assert MASK in json.loads(redactor.bytes(line))["message"]


def test_what_only_looks_like_a_secret_inside_an_escape_leaves_the_line_whole() -> None:
    redactor = knowing("9" + SECRET, "n" + SECRET)
    for text in (f"\u00b9{SECRET}", f"\n{SECRET}"):
        assert json.loads(redactor.bytes(json.dumps(text).encode())) == text
    for text in (f"\\n{SECRET}", f"\u00b99{SECRET}"):
        assert MASK in json.loads(redactor.bytes(json.dumps(text).encode()))
