"""The session's cookie: how it is set and forgotten."""

from starlette.requests import Request
from starlette.responses import Response

from orchestra.domain.identity import Session

SESSION_COOKIE = "next-auth.session-token"


def set_session_cookie(request: Request, response: Response, cookie: str, session: Session) -> None:
    """No script can read it, no foreign page can send it along with a change, and it dies with the session."""
    response.set_cookie(
        SESSION_COOKIE,
        cookie,
        max_age=int((session.expires_at - session.created_at).total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def forget_session_cookie(response: Response) -> None:
    response.delete_cookie(SESSION_COOKIE)
