"""Notices runs that go round in circles: the same request again and again, or many calls without a step further."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field

_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True)
class GuardRules:
    """0 switches a rule off. `wait_seconds` is how long a person is waited for, who is asked about it."""

    repeats: int = 0
    calls: int = 0
    wait_seconds: float = 600.0


@dataclass(slots=True)
class RunGuard:
    """Watches one run; what it counts begins anew with each step further, and when a person lets the run go on."""

    rules: GuardRules
    _same: Counter[bytes] = field(default_factory=Counter[bytes])
    _calls: int = 0

    def note(self, body: bytes) -> str | None:
        """A call with this body is about to be made; why that looks like a run that will not end, if it does."""
        self._calls += 1
        if self.rules.calls and self._calls > self.rules.calls:
            return f"It has called models {self.rules.calls:,} times without a step further."
        if not self.rules.repeats:
            return None
        if len(self._same) >= _REMEMBERED:
            self._same.clear()
        digest = hashlib.blake2b(body, digest_size=16).digest()
        self._same[digest] += 1
        if self._same[digest] > self.rules.repeats:
            return f"It has sent the same request to a model {self.rules.repeats:,} times."
        return None

    def progress(self) -> None:
        """The run has come a step further; the same request again is suspicious all the same."""
        self._calls = 0

    def pardon(self) -> None:
        """A person lets it go on."""
        self._calls = 0
        self._same.clear()
