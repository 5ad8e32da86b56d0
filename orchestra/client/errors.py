"""What can go wrong with a call, named."""

from collections.abc import Mapping
from typing import Any

from orchestra.errors import OrchestraError, Unavailable


class ApiError(OrchestraError):
    """The server answered with an error: its `message`, `details` and `code`, and the HTTP `status`."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: Mapping[str, Any] | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message, details)
        self.status = status
        self.code = code
        self.retry_after_seconds = retry_after_seconds


class Unreachable(Unavailable):
    """No answer came that can be read; `was_sent` is False if the server cannot have seen the request."""

    def __init__(self, message: str, was_sent: bool = False) -> None:
        super().__init__(message)
        self.was_sent = was_sent
