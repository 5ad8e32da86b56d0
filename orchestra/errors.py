"""Every error that a person can meet, named in the domain's words.

OrchestraError
├── Invalid                 what was asked for breaks a rule; `details.faults` names each place
├── Unauthenticated         no valid key or session
│   └── AdmissionEnded      the key or session is not valid any more
├── Forbidden               signed in, but not allowed to
│   └── Refused             the request itself looks wrong: foreign Host or Origin
├── NotFound                there is no such thing, or not for this person
├── Conflict                it exists, but its state forbids this
│   ├── AlreadyEnded        cancelling what has ended
│   ├── AgentInactive       starting an agent that is switched off
│   ├── AgentStopped        starting an agent that is stopped
│   ├── NotInstalled        starting an agent whose framework is not installed
│   ├── InUse               removing what something runs on
│   ├── QuestionClosed      answering what nobody waits for (any more)
│   ├── IdempotencyConflict the same Idempotency-Key with another request
│   └── VersionConflict     it was changed meanwhile
├── PreconditionFailed      it is not as whoever asks has seen it
├── OutOfRange              bytes that a file does not have
├── RateLimited             asked too often
├── TooLarge                the request's body is over the limit
├── Unavailable             a part that is needed does not answer
└── CannotStart             the server or the data folder cannot be used as it is
    ├── NewerSchema         the database was written by a newer version
    └── DataFolderInUse     another server owns the data folder
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and where: `pointer` is a JSON pointer (RFC 6901) into what was sent."""

    pointer: str
    message: str


class OrchestraError(Exception):
    """Carries one sentence for a person (what happened, what to do) and details for a program."""

    code = "internal_error"

    def __init__(self, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, Any] = dict(details or {})


class Invalid(OrchestraError):
    code = "bad_request"

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(
            message, {"faults": [{"pointer": f.pointer, "message": f.message} for f in faults]} if faults else None
        )
        self.faults = tuple(faults)


class Unauthenticated(OrchestraError):
    code = "unauthorized"

    def __init__(self, message: str = "Sign in, or send a valid key as 'Authorization: Bearer ao_…'.") -> None:
        super().__init__(message)


class AdmissionEnded(Unauthenticated):
    code = "unauthorized"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.details = {"reason": reason}


class Forbidden(OrchestraError):
    code = "forbidden"


class Refused(Forbidden):
    code = "refused"


class NotFound(OrchestraError):
    code = "not_found"

    def __init__(self, noun: str, identifier: str) -> None:
        super().__init__(f"There is no {noun} '{identifier[:100]}'.", {"id": identifier[:100]})


class Conflict(OrchestraError):
    code = "conflict"


class AlreadyEnded(Conflict):
    code = "already_ended"


class AgentInactive(Conflict):
    code = "agent_inactive"


class AgentStopped(Conflict):
    code = "agent_stopped"


class NotInstalled(Conflict):
    code = "not_installed"

    def __init__(self, framework: str, title: str, what: str | None = None, where: str = "under Frameworks") -> None:
        super().__init__(
            f"{what or f'{title} is not installed. Install it'} {where}, or with 'orchestra frameworks "
            f"{'repair' if what else 'install'} {framework}'.",
            {"framework": framework},
        )


class InUse(Conflict):
    code = "in_use"


class QuestionClosed(Conflict):
    code = "question_closed"


class IdempotencyConflict(Conflict):
    code = "idempotency_conflict"


class VersionConflict(Conflict):
    code = "version_conflict"


class PreconditionFailed(OrchestraError):
    code = "precondition_failed"


class OutOfRange(OrchestraError):
    code = "out_of_range"

    def __init__(self, size_bytes: int) -> None:
        super().__init__(f"The file has {size_bytes:,} bytes, and none of those asked for.", {"sizeBytes": size_bytes})


class RateLimited(OrchestraError):
    code = "rate_limited"

    def __init__(self, limit: int, retry_seconds: int) -> None:
        super().__init__(
            f"That was too often: {limit:,} requests are allowed. Try again in {retry_seconds:,} seconds.",
            {"limit": limit, "retryAfterSeconds": retry_seconds},
        )


class TooLarge(OrchestraError):
    code = "too_large"

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(
            f"The request is larger than {limit_bytes:,} bytes. Send less at once.", {"limitBytes": limit_bytes}
        )


class Unavailable(OrchestraError):
    code = "unavailable"


class CannotStart(OrchestraError):
    code = "cannot_start"


class NewerSchema(CannotStart):
    code = "newer_schema"


class DataFolderInUse(CannotStart):
    code = "data_folder_in_use"
