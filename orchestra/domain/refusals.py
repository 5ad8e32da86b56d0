"""What the gateway answered to a run when it gave no completion, and what that says of the run's failure."""

from dataclasses import dataclass

from orchestra.domain.executions import FailureClass

_PASSING = frozenset({408, 409, 425, 429})
_NO_MONEY = frozenset({"insufficient_quota", "billing_hard_limit_reached"})


@dataclass(frozen=True, slots=True)
class ModelRefusal:
    """The HTTP status of a refused call, the sentence that came with it, and a code for programs."""

    status: int
    message: str
    code: str | None = None


def failure_of(refusal: ModelRefusal) -> FailureClass:
    """The class of a failure that this refusal caused: what may pass by itself is unreachable, the rest refused."""
    if refusal.code is not None and refusal.code.startswith("budget"):
        return FailureClass.BUDGET
    if refusal.code in _NO_MONEY:
        return FailureClass.MODEL_REFUSED
    if refusal.status in _PASSING or refusal.status >= 500:
        return FailureClass.MODEL_UNREACHABLE
    return FailureClass.MODEL_REFUSED
