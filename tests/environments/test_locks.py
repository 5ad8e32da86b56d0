"""Locks: what they pin, and which files are none."""

import pytest

from orchestra.environments.locks import pins_of
from orchestra.errors import Invalid

HASH = "--hash=sha256:" + "0" * 64


def test_pins_are_read_with_their_markers_and_comments() -> None:
    lock = f"""
# made by uv
A_b==1.0 \\
    {HASH} \\
    {HASH}
    # via c
only-old==2 ; python_version < '3.10' {HASH}
nowhere==3 ; sys_platform == 'nowhere' {HASH}
"""
    found = [(pin.name, pin.version, pin.applies) for pin in pins_of(lock, "3.11")]
    assert found == [("a-b", "1.0", True), ("only-old", "2", False), ("nowhere", "3", False)]
    assert pins_of(lock, "3.9")[1].applies


@pytest.mark.parametrize(
    ("lock", "words"),
    [
        ("a==1", "without a hash"),
        (f"a>=1 {HASH}", "does not pin a"),
        (f"a @ https://example.org/a.whl {HASH}", "does not pin a"),
        (f"a==1,==2 {HASH}", "does not pin a"),
        ("--index-url https://example.org/simple", "the option '--index-url'"),
        ("-e .", "the option '-e'"),
        ("<<<", "is no requirement"),
    ],
)
def test_what_is_no_sealed_lock_is_refused_with_a_sentence(lock: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        pins_of(lock, "3.11")
