"""Purses: what may be spent, was spent and is set aside; several are asked at once, and all or none give."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from orchestra.domain.budgets import Ask, Caps, Measure, Spent, lacking, percent_of, sentence_of


@dataclass(slots=True, eq=False)
class Purse:
    """`whose` and `remedy` are for the sentence that says that nothing is left."""

    caps: Caps
    whose: str
    remedy: str
    spent: Spent = field(default_factory=Spent)
    reserved: Spent = field(default_factory=Spent)

    @property
    def percent(self) -> float:
        return percent_of(self.caps, self.spent)

    def refusal(self, ask: Ask, measure: Measure) -> str:
        return sentence_of(self.caps, self.spent, ask, measure, self.whose, self.remedy)


_lock = threading.Lock()


def set_aside(purses: Iterable[Purse], ask: Ask) -> tuple[Purse, Measure] | None:
    """Set the call's most aside in all of them; or, changing nothing, the first that lacks something, and what."""
    asked = list(purses)
    with _lock:
        for purse in asked:
            if measure := lacking(purse.caps, purse.spent, purse.reserved, ask):
                return purse, measure
        for purse in asked:
            purse.reserved = purse.reserved.plus(ask.most)
    return None


def must_wait(purses: Iterable[Purse], ask: Ask) -> bool:
    """Whether the call does not fit in now, but would if nothing was set aside for others."""
    with _lock:
        waits = False
        for purse in purses:
            if lacking(purse.caps, purse.spent, Spent(), ask):
                return False
            waits = waits or lacking(purse.caps, purse.spent, purse.reserved, ask) is not None
        return waits


def settle(purses: Iterable[Purse], reserved: Spent, spent: Spent) -> None:
    """Put in place of what was set aside what was spent."""
    with _lock:
        for purse in purses:
            purse.reserved = purse.reserved.minus(reserved)
            purse.spent = purse.spent.plus(spent)


def refill(purse: Purse, caps: Caps, spent: Spent) -> None:
    """A new period has begun, or the budget was changed; what is set aside stays so."""
    with _lock:
        purse.caps, purse.spent = caps, spent
