"""Decides which waiting executions start next: the most urgent, and among them each agent in its turn."""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Contender:
    """An agent with executions of one priority that wait.

    `waiting` is how many, counted only as far as it matters; `oldest` is the number of the first of them; `limit` is
    how many of the agent's may run at once.
    """

    agent_id: str
    framework: str
    running: int
    oldest: int
    waiting: int
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Since when nothing starts, and who wished so."""

    since: datetime
    by: str


@dataclass(frozen=True, slots=True)
class QueueState:
    """How the queue stands: `slots` is how many may run at once, `framework_slots` how many of a framework."""

    slots: int
    running: int
    waiting: int
    retrying: int
    framework_slots: Mapping[str, int] = field(default_factory=dict[str, int])
    pause: Pause | None = None


def allot(contenders: Iterable[Contender], free: int, framework_free: Mapping[str, int]) -> dict[str, int]:
    """How many of each agent's oldest executions start, by agent, `free` at most in all.

    The agent with the fewest running comes first, then the one whose oldest waits longest. `framework_free` says how
    many more of a framework may run; one that is not named has no limit.
    """
    known = {one.agent_id: one for one in contenders}
    turns = [(one.running, one.oldest, one.agent_id) for one in known.values()]
    heapq.heapify(turns)
    granted: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    while turns and granted.total() < free:
        running, oldest, agent_id = heapq.heappop(turns)
        one = known[agent_id]
        is_full = one.limit is not None and running >= one.limit
        if is_full or taken[one.framework] >= framework_free.get(one.framework, free):
            continue  # for good: neither gets less full by what starts here
        granted[agent_id] += 1
        taken[one.framework] += 1
        if granted[agent_id] < one.waiting:
            heapq.heappush(turns, (running + 1, oldest, agent_id))
    return dict(granted)


def ahead_of(mine: Contender, rank: int, others: Iterable[Contender]) -> int:
    """How many of the same priority start before one that has `rank` of its own agent's before it.

    By the turns of `allot`, as if nothing ended meanwhile and no limit were met.
    """
    turn = mine.running + rank
    before = rank
    for other in others:
        comes_first_at_par = other.oldest < mine.oldest
        turns = turn - other.running + (1 if comes_first_at_par else 0)
        before += min(max(0, turns), other.waiting)
    return before
