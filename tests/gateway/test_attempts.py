"""What follows an attempt to have a provider answer."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from orchestra.gateway.attempts import Decision, Next, decide

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def after(
    status: int | None, headers: Mapping[str, str] | None = None, tried: int = 1, retries: int = 2, other: bool = False
) -> Decision:
    return decide(status, headers or {}, tried, retries, other, NOW)


@pytest.mark.parametrize("status", [200, 204, 400, 401, 404, 422])
def test_what_will_not_change_is_the_answer(status: int) -> None:
    assert after(status).next is Next.ANSWER


@pytest.mark.parametrize("status", [None, 408, 429, 500, 503, 529])
def test_what_may_pass_is_asked_again_and_after_the_last_time_is_the_answer(status: int | None) -> None:
    assert [after(status, tried=tried).next for tried in (1, 2, 3)] == [Next.AGAIN, Next.AGAIN, Next.ANSWER]


def test_pauses_grow_up_to_a_bound() -> None:
    assert [after(500, tried=tried, retries=9).wait_seconds for tried in range(1, 7)] == [0.5, 1, 2, 4, 8, 8]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "Thu, 01 Jan 2026 00:00:09 GMT"}, 9),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "soon"}, 0.5),
        ({"retry-after-ms": "-5"}, 0.5),
    ],
)
def test_a_provider_may_say_when(headers: Mapping[str, str], seconds: float) -> None:
    assert after(429, headers) == Decision(Next.AGAIN, seconds)


def test_nobody_waits_for_longer_than_is_sensible() -> None:
    assert after(429, {"retry-after": "61"}).next is Next.ANSWER
    assert after(429, {"retry-after": "6"}, other=True).next is Next.ELSEWHERE
    assert after(429, {"retry-after": "5"}, other=True).next is Next.AGAIN


@pytest.mark.parametrize("status", [None, 401, 402, 403, 404, 429, 500])
def test_where_there_is_another_it_is_asked_at_last(status: int | None) -> None:
    assert after(status, tried=3, other=True).next is Next.ELSEWHERE


def test_a_wrong_request_is_wrong_everywhere() -> None:
    assert after(400, other=True).next is Next.ANSWER


def test_a_provider_may_say_that_asking_again_is_no_use() -> None:
    assert after(500, {"x-should-retry": "false"}).next is Next.ANSWER
    assert after(409, {"x-should-retry": "true"}).next is Next.AGAIN
