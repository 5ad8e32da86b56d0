"""Why the gateway does not answer a call, in the shapes that OpenAI's and Anthropic's clients read."""

import json
from collections.abc import Mapping
from typing import Any

from orchestra.domain.model_calls import WireFormat
from orchestra.domain.text import storable

_ANTHROPIC_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


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


def body_of(error: CallError, format: WireFormat | None = None) -> Mapping[str, Any]:
    """The error as the format's own clients expect it."""
    message = storable(error.message)
    if format is WireFormat.MESSAGES:
        kind = _ANTHROPIC_TYPES.get(error.status, "invalid_request_error" if error.status < 500 else "api_error")
        return {"type": "error", "error": {"type": kind, "message": message, "code": error.code}}
    kind = "invalid_request_error" if error.status < 500 else "server_error"
    return {"error": {"message": message, "type": kind, "param": error.param, "code": error.code}}


def event_of(error: CallError, format: WireFormat) -> bytes:
    """The error as the last event of a stream whose beginning is under way."""
    body = {**body_of(error, format)}
    if format is WireFormat.RESPONSES:
        body["type"] = "error"
    data = json.dumps(body, separators=(",", ":")).encode("ascii")
    name = b"event: error\n" if format in {WireFormat.MESSAGES, WireFormat.RESPONSES} else b""
    return b"%bdata: %b\n\n" % (name, data)


BUG = CallError(500, "Something went wrong in AgentOrchestra. The server's log says more.", "internal_error")
