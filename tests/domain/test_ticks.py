"""When schedules fire, and what becomes of ticks that came while nobody was there."""

import itertools
import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from orchestra.domain.schedules import MissedPolicy, Schedule, Timing
from orchestra.domain.ticks import GRACE, faults_of_timing, fires_at, next_tick, next_ticks, plan_of, reading_of

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def schedule(timing: Timing, due: datetime | None, missed: MissedPolicy = MissedPolicy.RUN_ONCE, limit: int = 10):
    return Schedule(
        id="s",
        owner_id="o",
        agent_id="a",
        agent_name="agent",
        name="nightly",
        timing=timing,
        created_at=NOW,
        updated_at=NOW,
        missed=missed,
        missed_limit=limit,
        next_due_at=due,
    )


def local(timing: Timing, after: datetime, count: int) -> list[str]:
    zone = ZoneInfo(timing.timezone)
    return [f"{tick.astimezone(zone):%a %d %b %H:%M}" for tick in next_ticks(timing, after, count)]


def test_weekdays_count_from_sunday_as_cron_does() -> None:
    assert local(Timing(cron="30 9 * * 1"), NOW, 1) == ["Mon 16 Mar 09:30"]
    assert local(Timing(cron="30 9 * * 7"), NOW, 1) == local(Timing(cron="30 9 * * 0"), NOW, 1) == ["Sun 15 Mar 09:30"]


def test_the_last_day_of_a_month_and_words_are_understood() -> None:
    assert local(Timing(cron="0 6 L * *"), NOW, 3) == ["Tue 31 Mar 06:00", "Thu 30 Apr 06:00", "Sun 31 May 06:00"]
    assert local(Timing(cron="@daily", timezone="Europe/Berlin"), NOW, 1) == ["Wed 11 Mar 00:00"]


def test_a_time_that_the_clock_skips_runs_right_after_the_skip() -> None:
    before = datetime(2026, 3, 28, 12, 0, tzinfo=BERLIN)
    timing = Timing(cron="30 2 * * *", timezone="Europe/Berlin")
    assert local(timing, before, 2) == ["Sun 29 Mar 03:00", "Mon 30 Mar 02:30"]


def test_a_time_that_the_clock_repeats_runs_once() -> None:
    before = datetime(2026, 10, 24, 12, 0, tzinfo=BERLIN)
    timing = Timing(cron="30 2 * * *", timezone="Europe/Berlin")
    assert local(timing, before, 2) == ["Sun 25 Oct 02:30", "Mon 26 Oct 02:30"]


def test_every_half_hour_goes_through_a_change_of_clock_without_a_gap() -> None:
    before = datetime(2026, 10, 24, 22, 45, tzinfo=UTC)
    ticks = next_ticks(Timing(cron="*/30 * * * *", timezone="Europe/Berlin"), before, 12)
    assert {later - earlier for earlier, later in itertools.pairwise(ticks)} == {timedelta(minutes=30)}


def test_ticks_rise_strictly_whatever_the_expression_and_the_moment() -> None:
    dice = random.Random(7)
    zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]
    for _ in range(300):
        cron = f"{dice.choice(['*', '*/7', '0', '59'])} {dice.choice(['*', '2', '*/5'])} {dice.choice(['*', 'L'])} * *"
        timing = Timing(cron=cron, timezone=dice.choice(zones))
        after = datetime(2026, dice.choice([3, 4, 10, 11]), dice.randint(1, 30), dice.randint(0, 23), tzinfo=UTC)
        ticks = next_ticks(timing, after, 20)
        assert all(earlier < later for earlier, later in zip([after, *ticks], ticks, strict=False)), (timing, after)


def test_an_interval_is_counted_from_its_start() -> None:
    start = NOW - timedelta(seconds=95)
    assert next_tick(Timing(interval_seconds=30, starts_at=start), NOW) == start + timedelta(seconds=120)
    later = NOW + timedelta(hours=1)
    assert next_tick(Timing(interval_seconds=30, starts_at=later), NOW) == later


def test_no_tick_comes_behind_the_end_date() -> None:
    timing = Timing(interval_seconds=60, starts_at=NOW, ends_at=NOW + timedelta(seconds=150))
    assert len(next_ticks(timing, NOW, 10)) == 2


def test_one_time_comes_once() -> None:
    timing = Timing(at=NOW + timedelta(hours=1))
    assert next_ticks(timing, NOW, 10) == [NOW + timedelta(hours=1)]
    assert next_tick(timing, NOW + timedelta(hours=1)) is None


@pytest.mark.parametrize(
    ("timing", "pointer"),
    [
        (Timing(), ""),
        (Timing(cron="@daily", interval_seconds=5), ""),
        (Timing(cron="61 * * * *"), "/cron"),
        (Timing(cron="* * * * * *"), "/cron"),
        (Timing(cron="0 0 30 2 *"), "/cron"),
        (Timing(cron="@daily", timezone="Mars/Olympus"), "/timezone"),
        (Timing(cron="@daily", timezone="../etc/passwd"), "/timezone"),
        (Timing(interval_seconds=0.5), "/intervalSeconds"),
        (Timing(interval_seconds=float("inf")), "/intervalSeconds"),
        (Timing(cron="@daily", jitter_seconds=-1), "/jitterSeconds"),
        (Timing(at=NOW - timedelta(seconds=1)), "/at"),
        (Timing(cron="@daily", ends_at=NOW), "/endsAt"),
        (Timing(cron="@daily", starts_at=NOW + timedelta(days=2), ends_at=NOW + timedelta(days=1)), "/endsAt"),
    ],
)
def test_a_timing_that_cannot_be_is_refused_with_its_place(timing: Timing, pointer: str) -> None:
    assert [fault.pointer for fault in faults_of_timing(timing, NOW)][:1] == [pointer]


def test_cron_is_told_in_words() -> None:
    assert reading_of(Timing(cron="30 9 * * 1-5")) == "At 09:30 on Monday through Friday"


def test_jitter_delays_each_tick_by_its_own_amount_and_always_the_same() -> None:
    timing = Timing(interval_seconds=60, starts_at=NOW, jitter_seconds=30)
    ticks = next_ticks(timing, NOW, 20)
    delays = [fires_at("s", timing, tick) - tick for tick in ticks]
    assert all(timedelta() <= delay <= timedelta(seconds=30) for delay in delays)
    assert len(set(delays)) == 20
    assert delays == [fires_at("s", timing, tick) - tick for tick in ticks]


MINUTELY = Timing(interval_seconds=60, starts_at=NOW)


def test_a_tick_on_time_is_started_and_the_next_one_waited_for() -> None:
    plan = plan_of(schedule(MINUTELY, NOW), NOW + timedelta(seconds=1))
    assert (plan.start, plan.missed, plan.next_due_at) == ([NOW], [], NOW + timedelta(seconds=60))


def test_nothing_happens_before_the_tick_and_its_jitter_have_come() -> None:
    assert plan_of(schedule(MINUTELY, NOW), NOW - timedelta(seconds=1)).start == ()
    jittery = Timing(interval_seconds=3600, starts_at=NOW, jitter_seconds=3600)
    fires = fires_at("s", jittery, NOW)
    assert plan_of(schedule(jittery, NOW), fires - timedelta(milliseconds=1)).start == ()
    assert plan_of(schedule(jittery, NOW), fires).start == [NOW]


@pytest.mark.parametrize(
    ("policy", "started", "missed"),
    [(MissedPolicy.SKIP, 0, 9), (MissedPolicy.RUN_ONCE, 1, 8), (MissedPolicy.RUN_ALL, 4, 5)],
)
def test_ticks_that_nobody_was_there_for(policy: MissedPolicy, started: int, missed: int) -> None:
    hourly = Timing(cron="0 * * * *")
    now = NOW + timedelta(hours=8, minutes=30)
    plan = plan_of(schedule(hourly, NOW, policy, limit=4), now)
    assert (len(plan.start), len(plan.missed)) == (started, missed)
    assert plan.next_due_at == NOW + timedelta(hours=9)
    assert sorted([*plan.start, *plan.missed]) == [NOW + timedelta(hours=hour) for hour in range(9)]


def test_missed_ticks_are_not_made_up_for_when_one_is_on_time() -> None:
    now = NOW + timedelta(hours=8, seconds=1)
    plan = plan_of(schedule(Timing(cron="0 * * * *"), NOW), now)
    assert plan.start == [NOW + timedelta(hours=8)]
    assert len(plan.missed) == 8


def test_a_long_absence_does_not_list_each_second() -> None:
    secondly = Timing(interval_seconds=1, starts_at=NOW)
    plan = plan_of(schedule(secondly, NOW), NOW + timedelta(days=30))
    assert plan.missed_before > 2_000_000
    assert len(plan.missed) + len(plan.start) <= 100 + GRACE.seconds


def test_every_tick_is_planned_exactly_once_whenever_somebody_looks() -> None:
    dice = random.Random(3)
    one = schedule(Timing(interval_seconds=10, starts_at=NOW, jitter_seconds=25), NOW, MissedPolicy.RUN_ALL, limit=100)
    now, seen = NOW, []
    while now < NOW + timedelta(hours=1):
        now += timedelta(seconds=dice.choice([0.5, 3, 20, 200, -5]))
        plan = plan_of(one, now)
        seen += [*plan.missed, *plan.start]
        one = schedule(one.timing, plan.next_due_at, MissedPolicy.RUN_ALL, limit=100)
    assert len(set(seen)) == len(seen)
    assert sorted(seen) == [NOW + timedelta(seconds=10 * i) for i in range(len(seen))]
