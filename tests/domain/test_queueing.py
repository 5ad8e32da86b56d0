"""Who starts next: a table, and what holds for every queue."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestra.domain.priorities import priority_of
from orchestra.domain.queueing import Contender, ahead_of, allot


def agent(name: str, running: int = 0, oldest: int = 1, waiting: int = 99, limit: int | None = None) -> Contender:
    return Contender(name, name[0], running, oldest, waiting, limit)


@pytest.mark.parametrize(
    ("contenders", "free", "framework_free", "granted"),
    [
        ([], 4, {}, {}),
        ([agent("a")], 0, {}, {}),
        ([agent("a")], 3, {}, {"a": 3}),
        ([agent("a", waiting=2)], 3, {}, {"a": 2}),
        ([agent("a", oldest=1, waiting=500), agent("b", oldest=501, waiting=1)], 2, {}, {"a": 1, "b": 1}),
        ([agent("a", oldest=1, running=8), agent("b", oldest=9)], 4, {}, {"b": 4}),
        ([agent("a", oldest=1, running=1), agent("b", oldest=9)], 4, {}, {"a": 2, "b": 2}),
        ([agent("a", oldest=1), agent("b", oldest=2)], 3, {}, {"a": 2, "b": 1}),
        ([agent("a", oldest=1, limit=1), agent("b", oldest=2)], 3, {}, {"a": 1, "b": 2}),
        ([agent("a", running=2, limit=2)], 3, {}, {}),
        ([agent("a", running=3, limit=2)], 3, {}, {}),
        ([agent("x1"), agent("x2", oldest=2), agent("y", oldest=3)], 4, {"x": 1}, {"x1": 1, "y": 3}),
        ([agent("x1")], 4, {"x": 0}, {}),
        ([agent("x1")], 4, {"x": -2}, {}),
    ],
)
def test_the_agent_with_the_fewest_running_comes_first_then_the_oldest(
    contenders: list[Contender], free: int, framework_free: dict[str, int], granted: dict[str, int]
) -> None:
    assert allot(contenders, free, framework_free) == granted


CONTENDERS = st.lists(
    st.builds(
        Contender,
        st.integers(0, 30).map(lambda n: f"a{n}"),
        st.sampled_from("fgh"),
        st.integers(0, 5),
        st.integers(1, 10**6),
        st.integers(1, 6),
        st.none() | st.integers(1, 5),
    ),
    max_size=12,
    unique_by=(lambda one: one.agent_id, lambda one: one.oldest),
)


@given(CONTENDERS, st.integers(0, 40), st.dictionaries(st.sampled_from("fgh"), st.integers(-1, 9)))
def test_no_limit_is_broken_no_slot_is_wasted_and_nobody_is_overtaken_unfairly(
    contenders: list[Contender], free: int, framework_free: dict[str, int]
) -> None:
    granted = allot(contenders, free, framework_free)
    by_framework: Counter[str] = Counter()
    for one in contenders:
        count = granted.get(one.agent_id, 0)
        by_framework[one.framework] += count
        assert count <= one.waiting
        assert count == 0 or one.limit is None or one.running + count <= one.limit
    assert sum(granted.values()) <= free
    for framework, most in framework_free.items():
        assert by_framework[framework] <= max(0, most)

    def could_have_more(one: Contender) -> bool:
        count = granted.get(one.agent_id, 0)
        has_room = one.limit is None or one.running + count < one.limit
        return count < one.waiting and has_room and by_framework[one.framework] < framework_free.get(one.framework, 99)

    for one in filter(could_have_more, contenders):
        assert sum(granted.values()) == free
        for other in contenders:  # nobody got a turn when this one would have had fewer running
            count = granted.get(other.agent_id, 0)
            assert count == 0 or other.running + count - 1 <= one.running + granted.get(one.agent_id, 0)


@given(CONTENDERS.filter(bool), st.data())
def test_the_position_that_is_told_is_the_one_that_is_kept(contenders: list[Contender], data: st.DataObject) -> None:
    free_of_limits = [Contender(c.agent_id, c.framework, c.running, c.oldest, c.waiting) for c in contenders]
    mine = data.draw(st.sampled_from(free_of_limits))
    rank = data.draw(st.integers(0, mine.waiting - 1))
    ahead = ahead_of(mine, rank, [one for one in free_of_limits if one is not mine])
    assert allot(free_of_limits, ahead, {}).get(mine.agent_id, 0) == rank
    assert allot(free_of_limits, ahead + 1, {})[mine.agent_id] == rank + 1


def test_a_priority_is_a_number_or_a_word() -> None:
    assert [priority_of(given) for given in ("low", "normal", "high", 7)] == [-50, 0, 50, 7]
