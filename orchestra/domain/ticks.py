"""Works out the ticks of a schedule, and what is to be done about those that are due.

Cron as Debian's cron reads it (by cronsim): 0 and 7 are Sunday; a time that the clock skips runs right after the skip,
and one that it repeats runs once.
"""

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from orchestra.domain.schedules import MissedPolicy, Schedule, Timing
from orchestra.errors import Fault

GRACE = timedelta(seconds=60)
SHORTEST_INTERVAL = 1.0
LONGEST_JITTER = 3600.0
_COUNTED = 10_000
_KEPT = 100
_NEAR, _FAR = datetime(1980, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_ALIASES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do now: ticks to start, ticks that were missed (and how many older ones), and the next to wait for."""

    start: Sequence[datetime]
    missed: Sequence[datetime]
    missed_before: int
    next_due_at: datetime | None


def faults_of_timing(timing: Timing, now: datetime) -> list[Fault]:
    """A fault, with its place, for each thing that is wrong with a timing that somebody asks for."""
    given = [name for name in ("cron", "interval_seconds", "at") if getattr(timing, name) is not None]
    if len(given) != 1:
        return [Fault("", "Give exactly one of cron, intervalSeconds and at.")]
    faults = [*_zone_faults(timing), *_number_faults(timing), *_date_faults(timing)]
    if timing.cron is not None and not faults:
        faults += _cron_faults(timing, now)
    starts, ends = timing.starts_at, timing.ends_at
    if not faults and starts is not None and ends is not None and ends <= starts:
        faults.append(Fault("/endsAt", "It must end after it starts."))
    if not faults and next_tick(timing, now) is None:
        place = "/at" if timing.at is not None else "/endsAt" if ends is not None else "/cron"
        faults.append(Fault(place, "No time of this schedule is to come."))
    return faults


def next_tick(timing: Timing, after: datetime) -> datetime | None:
    """The first tick after a moment, in UTC; None if there is none."""
    if timing.starts_at is not None and timing.starts_at > after:
        after = timing.starts_at - timedelta(microseconds=1)
    if timing.at is not None:
        found = timing.at if timing.at > after else None
    elif timing.interval_seconds is not None:
        found = _next_interval(timing, after)
    else:
        found = next(_cron_ticks(timing, after), None)
    ends = timing.ends_at or _FAR
    return found.astimezone(UTC) if found is not None and found <= ends else None


def next_ticks(timing: Timing, after: datetime, count: int) -> list[datetime]:
    """The next ticks after a moment, in UTC, at most so many."""
    found: list[datetime] = []
    while len(found) < count and (tick := next_tick(timing, after)) is not None:
        found.append(tick)
        after = tick
    return found


def fires_at(schedule_id: str, timing: Timing, due_at: datetime) -> datetime:
    """When a tick really fires: every server works out the same jitter for it."""
    if not timing.jitter_seconds:
        return due_at
    digest = hashlib.sha256(f"{schedule_id} {due_at.astimezone(UTC).isoformat()}".encode()).digest()
    return due_at + timedelta(seconds=timing.jitter_seconds * int.from_bytes(digest[:4], "big") / 2**32)


def plan_of(schedule: Schedule, now: datetime) -> Plan:
    """What is to be done about a schedule at a moment; nothing if it is paused or no tick has come."""
    due = schedule.next_due_at
    if schedule.is_paused or due is None or fires_at(schedule.id, schedule.timing, due) > now:
        return Plan((), (), 0, due)
    latest, before = _between(schedule.timing, due, now)
    # None fires before those before it, whose jitter may be longer: what is settled is then always all up to a moment.
    fires = list(accumulate((fires_at(schedule.id, schedule.timing, tick) for tick in latest), max))
    waiting = [tick for tick, at in zip(latest, fires, strict=True) if at > now]
    on_time = [tick for tick, at in zip(latest, fires, strict=True) if timedelta() <= now - at <= GRACE]
    late = [tick for tick, at in zip(latest, fires, strict=True) if now - at > GRACE]
    caught_up = _caught_up(schedule, late, bool(on_time))
    missed = [tick for tick in late if tick not in caught_up]
    following = waiting[0] if waiting else next_tick(schedule.timing, now)
    return Plan([*caught_up, *on_time], missed, before, following)


def unsettled(schedule: Schedule, now: datetime) -> list[datetime]:
    """The newest ticks that have come and are neither started nor given up yet, oldest first."""
    if schedule.next_due_at is None or schedule.next_due_at > now:
        return []
    return _between(schedule.timing, schedule.next_due_at, now)[0]


def _caught_up(schedule: Schedule, late: Sequence[datetime], one_is_on_time: bool) -> Sequence[datetime]:
    """Those of the late ticks that are still to be started."""
    match schedule.missed:
        case MissedPolicy.RUN_ALL:
            return late[-schedule.missed_limit :]
        case MissedPolicy.RUN_ONCE:
            return () if one_is_on_time else late[-1:]
        case MissedPolicy.SKIP:
            return ()


def _between(timing: Timing, first: datetime, last: datetime) -> tuple[list[datetime], int]:
    """The newest ticks from `first` to `last`, oldest first, and how many there were before those (counted so far)."""
    if timing.interval_seconds is not None:
        step = timedelta(seconds=timing.interval_seconds)
        count = math.floor((last - first) / step) + 1
        kept = min(count, _KEPT)
        return [first + step * i for i in range(count - kept, count)], count - kept
    if timing.at is not None:
        return [first], 0
    ends = min(last, timing.ends_at or _FAR)
    backwards = (tick for tick in _cron_ticks_before(timing, ends + timedelta(microseconds=1)))
    newest: list[datetime] = []
    before = 0
    for tick in islice(backwards, _COUNTED):
        if tick < first:
            break
        if len(newest) < _KEPT:
            newest.append(tick)
        else:
            before += 1
    return newest[::-1] or [first], before


def _next_interval(timing: Timing, after: datetime) -> datetime:
    anchor = timing.starts_at or datetime(1970, 1, 1, tzinfo=UTC)
    step = timedelta(seconds=timing.interval_seconds or SHORTEST_INTERVAL)
    if after < anchor:
        return anchor
    return anchor + step * (math.floor((after - anchor) / step) + 1)


def _cron_ticks(timing: Timing, after: datetime) -> Iterator[datetime]:
    local = after.astimezone(ZoneInfo(timing.timezone))
    # In the hour that the clock repeats, cronsim may name a time that has passed already.
    return (tick.astimezone(UTC) for tick in CronSim(_expression(timing), local) if tick > after)


def _cron_ticks_before(timing: Timing, before: datetime) -> Iterator[datetime]:
    local = before.astimezone(ZoneInfo(timing.timezone))
    ticks = CronSim(_expression(timing), local, reverse=True)
    return (tick.astimezone(UTC) for tick in ticks if tick < before)


def _expression(timing: Timing) -> str:
    text = (timing.cron or "").strip()
    return _ALIASES.get(text.lower(), text)


def reading_of(timing: Timing) -> str | None:
    """A cron expression in plain words; None for other timings."""
    if timing.cron is None:
        return None
    return CronSim(_expression(timing), datetime(2026, 1, 1, tzinfo=UTC)).explain()


def _zone_faults(timing: Timing) -> list[Fault]:
    try:
        ZoneInfo(timing.timezone)
    except (KeyError, ValueError, OSError):
        return [Fault("/timezone", "This is no time zone of the IANA list, such as Europe/Berlin.")]
    return []


def _date_faults(timing: Timing) -> list[Fault]:
    dates = {"/at": timing.at, "/startsAt": timing.starts_at, "/endsAt": timing.ends_at}
    return [
        Fault(pointer, f"The year must be between {_NEAR.year} and {_FAR.year}.")
        for pointer, date in dates.items()
        if date is not None and not _NEAR.year <= date.year <= _FAR.year
    ]


def _number_faults(timing: Timing) -> list[Fault]:
    faults: list[Fault] = []
    interval = timing.interval_seconds
    if interval is not None and not SHORTEST_INTERVAL <= interval <= 366 * 86_400:
        faults.append(Fault("/intervalSeconds", "An interval is at least a second, and at most a year."))
    if not 0 <= timing.jitter_seconds <= LONGEST_JITTER:
        faults.append(Fault("/jitterSeconds", f"A jitter is at most {LONGEST_JITTER:.0f} seconds."))
    return faults


def _cron_faults(timing: Timing, now: datetime) -> list[Fault]:
    expression = _expression(timing)
    if len(expression.split()) != 5 or len(expression) > 200:
        return [Fault("/cron", "A cron expression has five fields, such as 30 9 * * 1-5, or is a word such as @daily.")]
    try:
        CronSim(expression, now)
    except CronSimError as error:
        return [Fault("/cron", f"This cron expression cannot be read: {error}.")]
    return []
