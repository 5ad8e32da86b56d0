"""Words for values, and foreign text made harmless."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from orchestra.domain.prices import Rate
from orchestra_ui import wording


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;https://evil.example\x07link\x1b]8;;\x07", "link"),
        ("10 %\r50 %\r100 %\r\nnext", "100 %\nnext"),
        ("bell\x07 and nul\x00", "bell␇ and nul␀"),
        ("txt.\u202eexe", "txt.⟨U+202E⟩exe"),
        ("zero\u200bwidth", "zero⟨U+200B⟩width"),
        ("naïve 日本 שלום", "naïve 日本 שלום"),
    ],
)
def test_foreign_text_shows_what_it_holds(text: str, shown: str) -> None:
    assert wording.clean(text) == shown


def test_long_text_is_cut_and_says_so() -> None:
    assert wording.clean("x" * 1_500, limit=1_000) == "x" * 1_000 + " … (500 more characters)"


def test_a_name_is_put_on_one_line() -> None:
    assert wording.one_line("a\n\n b\tc" + "d" * 300, limit=10) == "a b cdddd…"


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [
        (None, "—"),
        (0, "0 ms"),
        (0.2, "<1 ms"),
        (999, "999 ms"),
        (999.7, "1.0 s"),
        (9_940, "9.9 s"),
        (9_960, "10 s"),
        (59_700, "1 min 00 s"),
        (125_000, "2 min 05 s"),
        (3_725_000, "1 h 02 min"),
    ],
)
def test_durations_read_as_people_say_them(milliseconds: float | None, shown: str) -> None:
    assert wording.duration(milliseconds) == shown


def test_counts_and_shares_are_worded() -> None:
    assert [wording.count(1, "run"), wording.count(1_204, "run")] == ["1 run", "1,204 runs"]
    assert [wording.share(0, 0), wording.share(11, 12)] == ["—", "92 %"]


def test_the_answer_of_an_output_comes_first() -> None:
    assert wording.answer_of({"steps": 3, "result": "r", "answer": "a"}) == "a"
    assert wording.answer_of({"answer": "  ", "steps": 3}) is None
    assert wording.answer_of(None) is None


def test_a_moment_is_exact_without_a_browser() -> None:
    assert wording.moment(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2026-01-02 03:04:05 UTC"


@pytest.mark.parametrize(
    ("price", "shown"),
    [
        (Rate(Decimal("0")), "$0.00"),
        (Rate(Decimal("0.15")), "$0.15"),
        (Rate(Decimal("1.50000")), "$1.50"),
        (Rate(Decimal("0.0375")), "$0.0375"),
        (Rate(Decimal("1.25"), ((200_000, Decimal("2.5")),)), "$1.25, $2.50 above 200,000 tokens"),
    ],
)
def test_prices_are_worded_with_all_their_digits(price: Rate, shown: str) -> None:
    assert wording.rate(price) == shown
