"""Purses: what may be spent, was spent and is set aside; several are asked at once, and all or none give."""

import threading
from collections.abc import Iterable, Sequence
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


@dataclass(frozen=True, slots=True, eq=False)
class Lack:
    """A purse that does not allow for a call, and of what it has too little."""

    purse: Purse
    measure: Measure
    ask: Ask


ENOUGH_TOKENS = 4_096
"""With replies as long as this, a call does not wait for others that may leave room for longer ones."""
_lock = threading.Lock()


def set_aside(purses: Sequence[Purse], asks: Sequence[Ask]) -> Ask | Lack:
    """Set aside in all of them the most of the first ask that fits in, and tell which; or, changing nothing, what the
    last one lacks. The asks are those of one call, the largest first, at least one."""
    with _lock:
        lacks: list[Lack] = []
        for ask in asks:
            if lack := _lack(purses, ask):
                lacks.append(lack)
                continue
            for purse in purses:
                purse.reserved = purse.reserved.plus(ask.most)
            return ask
        return lacks[-1]


def must_wait(purses: Sequence[Purse], asks: Sequence[Ask]) -> bool:
    """Whether the call fits in now with a short reply at best, and would better if nothing was set aside for others."""
    with _lock:
        now = next((ask for ask in asks if _lack(purses, ask) is None), None)
        alone = next((ask for ask in asks if _lack(purses, ask, is_alone=True) is None), None)
    if now is alone or alone is None:
        return False
    return now is None or (now.output_tokens or ENOUGH_TOKENS) < ENOUGH_TOKENS


def hold_output(purses: Iterable[Purse], costs: bool) -> bool:
    """Whether anything in them depends on how long replies are, which may cost something."""
    return any(purse.caps.tokens is not None or (costs and purse.caps.cost is not None) for purse in purses)


def settle(purses: Iterable[Purse], reserved: Spent, spent: Spent) -> None:
    """Put in place of what was set aside what was spent."""
    with _lock:
        for purse in purses:
            purse.reserved = purse.reserved.minus(reserved)
            purse.spent = purse.spent.plus(spent)


def _lack(purses: Sequence[Purse], ask: Ask, is_alone: bool = False) -> Lack | None:
    for purse in purses:
        reserved = Spent() if is_alone else purse.reserved
        if measure := lacking(purse.caps, purse.spent, reserved, ask):
            return Lack(purse, measure, ask)
    return None


def refill(purse: Purse, caps: Caps, spent: Spent) -> None:
    """A new period has begun, or the budget was changed; what is set aside stays so."""
    with _lock:
        purse.caps, purse.spent = caps, spent
