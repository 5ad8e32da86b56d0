"""What three clocks tell of sleep and of a clock that was set."""

import pytest

from orchestra.engine.clocks import Reading, upheaval_between

BEFORE = Reading(awake=100.0, boot=150.0, wall=1_000_000.0)


def after(awake: float, asleep: float = 0.0, moved: float = 0.0) -> Reading:
    return Reading(BEFORE.awake + awake, BEFORE.boot + awake + asleep, BEFORE.wall + awake + asleep + moved)


@pytest.mark.parametrize("now", [after(0.5), after(60.0), after(0.5, asleep=4.9), after(0.5, moved=-4.9)])
def test_time_that_passes_and_clocks_that_are_trimmed_are_nothing_to_tell(now: Reading) -> None:
    assert upheaval_between(BEFORE, now) is None


def test_sleep_is_told_with_its_length_and_that_it_does_not_count() -> None:
    told = upheaval_between(BEFORE, after(0.5, asleep=7385.0))
    assert told is not None and (told.event, told.seconds) == ("system.slept", 7385.0)
    assert told.sentence == "This computer slept for 2:03:05. That time does not count for any timeout."


@pytest.mark.parametrize(("moved", "way"), [(18_000.0, "forward by 5:00:00"), (-90_000.0, "back by 1 day, 1:00:00")])
def test_a_clock_that_was_set_is_told_with_the_way_it_went(moved: float, way: str) -> None:
    told = upheaval_between(BEFORE, after(0.5, moved=moved))
    assert told is not None and (told.event, told.seconds) == ("system.clock_set", moved)
    assert told.sentence.startswith(f"This computer's clock was set {way}")
