"""Why the gateway does not answer a call, in the shape that OpenAI's clients read."""

from collections.abc import Mapping
from typing import Any

from orchestra.domain.text import storable


class CallError(Exception):
    """A call that gets no answer: the HTTP status, a sentence for a person, and a code for a program."""

    def __init__(self, status: int, message: str, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param


def bad_request(message: str, param: str | None = None, code: str | None = None) -> CallError:
    return CallError(400, message, code, param)


def run_ended() -> CallError:
    # 403 and never 429: frameworks ask again for minutes after a 429.
    return CallError(403, "The execution that this key belongs to has ended or was cancelled.", "run_ended")


def body_of(error: CallError) -> Mapping[str, Any]:
    kind = "invalid_request_error" if error.status < 500 else "server_error"
    return {"error": {"message": storable(error.message), "type": kind, "param": error.param, "code": error.code}}


BUG = CallError(500, "Something went wrong in AgentOrchestra. The server's log says more.", "internal_error")
