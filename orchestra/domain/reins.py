"""What may be done to a run under way from outside the engine."""

from collections.abc import Mapping
from typing import Any, Protocol

from orchestra.domain.executions import Verdict
from orchestra.domain.questions import Question


class Reins(Protocol):
    """What may be done to a run from outside the engine; from any thread, and in vain once the run is over."""

    def stop(self, verdict: Verdict) -> None:
        """Have it stopped; that is the reason of its end."""
        ...

    def warn(self, message: str, data: Mapping[str, Any]) -> None:
        """Write a warning into its log."""
        ...

    def ask(self, question: Question) -> None:
        """Put a question to people on its behalf."""
        ...

    def answer_to(self, question_id: str) -> Any | None:
        """What was answered, None as long as nobody did; the question is closed then."""
        ...

    def withdraw(self, question_id: str) -> None:
        """Nobody is asked any more."""
        ...
