"""The list of tasks: numbers, ranks, and what replies list."""

from types import ModuleType
from typing import Any

import pytest


@pytest.fixture
def listed(tasks: ModuleType) -> Any:
    made = tasks.TaskList(most_open=4)
    for name in ("Bake a cake", "Choose games", "Write letters"):
        made.add(name)
    return made


def shown(listed: Any) -> list[tuple[int, str]]:
    return [(task.id, task.name) for task in listed.open]


def test_a_task_keeps_its_number_when_it_is_ranked_anew(listed: Any) -> None:
    assert listed.rank(["Write letters", "bake a cake.", "Choose games"]) == []
    assert shown(listed) == [(3, "Write letters"), (1, "Bake a cake"), (2, "Choose games")]


def test_a_task_in_other_words_is_a_new_one_and_what_is_left_out_is_told(listed: Any) -> None:
    dropped = listed.rank(["Write five letters", "Bake a cake"])
    assert [task.name for task in dropped] == ["Choose games", "Write letters"]
    assert shown(listed) == [(4, "Write five letters"), (1, "Bake a cake")]


def test_a_ranking_that_says_nothing_keeps_the_list(listed: Any) -> None:
    before = shown(listed)
    assert listed.rank([]) == [] and shown(listed) == before


def test_numbers_are_never_used_again(listed: Any) -> None:
    assert listed.take().id == 1
    listed.rank(["Choose games"])
    assert listed.add("Sing").id == 4


def test_the_list_has_an_end(listed: Any) -> None:
    assert listed.add("one more").id == 4
    assert listed.add("too many") is None
    listed.rank([f"task {number}" for number in range(100)])
    assert len(listed.open) == 4


def test_a_task_that_is_named_twice_is_there_twice(tasks: ModuleType) -> None:
    listed = tasks.TaskList(9)
    listed.add("Wait")
    listed.rank(["Wait", "Wait"])
    assert shown(listed) == [(1, "Wait"), (2, "Wait")]


@pytest.mark.parametrize(
    ("reply", "names"),
    [
        ("1. Bake a cake\n2) Choose games\n#3. Write letters", ["Bake a cake", "Choose games", "Write letters"]),
        ("Here they are:\n  1. **Bake a cake**\n\nThat is all.", ["Bake a cake"]),
        ("There are no tasks to add at this time.", []),
        ("1.5 litres of milk\n2. \n3. ***", []),
        ("", []),
    ],
)
def test_only_numbered_lines_are_tasks(tasks: ModuleType, reply: str, names: list[str]) -> None:
    assert tasks.numbered(reply) == names


def test_a_task_without_end_is_cut(tasks: ModuleType) -> None:
    (name,) = tasks.numbered("1. " + "x" * 5000)
    assert len(name) == 1000
