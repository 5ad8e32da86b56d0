"""Which earlier tasks the loop reminds itself of."""

from types import ModuleType

VECTORS = {"far": [0.0, 1.0], "near": [1.0, 0.1], "nearer": [1.0, 0.0], "goal": [2.0, 0.0], "nothing": [0.0, 0.0]}


def test_those_come_first_whose_results_are_nearest_to_the_objective(memory: ModuleType) -> None:
    asked: list[str] = []

    def embed(text: str) -> list[float]:
        asked.append(text)
        return VECTORS[text]

    kept = memory.Memory(embed)
    for result in ("far", "nearer", "nothing", "near"):
        kept.add(f"task of {result}", result)
    assert kept.nearest("goal", 2) == ["task of nearer", "task of near"]
    assert kept.nearest("goal", 9)[:2] == ["task of nearer", "task of near"]
    assert asked.count("goal") == 1


def test_without_vectors_the_latest_come_first(memory: ModuleType) -> None:
    kept = memory.Memory(None)
    for number in range(4):
        kept.add(f"task {number}", "done")
    assert kept.nearest("goal", 2) == ["task 3", "task 2"]
    assert kept.nearest("goal", 9) == ["task 3", "task 2", "task 1", "task 0"]


def test_nothing_is_recalled_of_nothing(memory: ModuleType) -> None:
    assert memory.Memory(None).nearest("goal", 3) == []
    kept = memory.Memory(None)
    kept.add("task", "done")
    assert kept.nearest("goal", 0) == []
