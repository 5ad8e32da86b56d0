"""Who may pass: checks Host, Origin and identity before anything else sees a request. Pure ASGI."""

from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlsplit

from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from orchestra.api.cookies import SESSION_COOKIE
from orchestra.api.errors import response_to, status_of
from orchestra.domain.identity import Admission, Credential, Proof, hash_secret
from orchestra.errors import NotFound, OrchestraError, Refused, Unauthenticated
from orchestra.services.admissions import Admissions
from orchestra.services.haste import promptly

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_READING = frozenset({"GET", "HEAD"})
_OPEN = {  # with these methods only: any other would reach the screens, which need somebody
    "/api/health": _READING,
    "/api/openapi.json": _READING,
    "/sign-in": _READING | {"POST"},
    "/link": _READING,
    "/api/sessions": {"POST"},
}
_OWN_AUTHENTICATION = "/llm/"
_WANTED = frozenset({b"host", b"origin", b"sec-fetch-site", b"authorization", b"cookie"})


class Gatekeeper:
    """Refuses foreign hosts and origins, signs people in by key or cookie, and lets nobody else pass."""

    def __init__(self, app: ASGIApp, admissions: Admissions, allowed_hosts: Iterable[str]) -> None:
        self._app = app
        self._admissions = admissions
        self._hosts = _LOOPBACK_NAMES | {host.lower().strip("[]") for host in allowed_hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        try:
            headers = _wanted_headers(scope)
            self._check_host(headers.get(b"host", ""))
            _check_origin(scope, headers)
            _check_path(scope)
            admission = await self._admission(scope, headers)
        except OrchestraError as error:
            await _refuse(error, scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["admission"] = admission
        state["principal"] = admission.principal if admission is not None else None
        if session := _session_in(headers):
            state["session"] = hash_secret(session)
        await self._app(scope, receive, send)

    def _check_host(self, host: str) -> None:
        """A page of a foreign name that resolves to this machine (DNS rebinding) gets nowhere."""
        if (hostname_of("//" + host) or "") not in self._hosts:
            raise Refused(
                f"This server does not answer to the name '{host[:100]}'. "
                "Add it to ORCHESTRA_ALLOWED_HOSTS if it should."
            )

    async def _admission(self, scope: Scope, headers: Mapping[bytes, str]) -> Admission | None:
        path, method = scope["path"], scope.get("method")
        if method in _OPEN.get(path, ()) or path.startswith(_OWN_AUTHENTICATION) or _is_call_of_hook(method, path):
            return None
        credential = _credential_in(headers)
        # Mostly somebody who was let in before, and nothing was written since: that needs no thread.
        return self._admissions.at_once(credential) or await promptly(lambda: self._admissions.admit(credential))


def _wanted_headers(scope: Scope) -> Mapping[bytes, str]:
    """The first of each header that says who asks from where; the names are in lower case."""
    found: dict[bytes, str] = {}
    for name, value in scope["headers"]:
        if name in _WANTED:
            found.setdefault(name, value.decode("latin-1"))
    return found


def _check_origin(scope: Scope, headers: Mapping[bytes, str]) -> None:
    """What changes something, and every websocket, must come from our own pages, or from no page at all."""
    if scope["type"] == "http" and scope["method"] in _SAFE_METHODS:
        return
    origin = headers.get(b"origin")
    if origin is None:
        # Browsers that leave out the origin still say whose page it was; programs say neither.
        if headers.get(b"sec-fetch-site", "none") not in {"same-origin", "none"}:
            raise Refused("This request comes from a page of another site. Use AgentOrchestra's own pages.")
        return
    if origin.lower() not in {f"{scheme}://{headers.get(b'host', '').lower()}" for scheme in ("http", "https")}:
        raise Refused("This request comes from a page of another origin. Use AgentOrchestra's own pages.")


def _credential_in(headers: Mapping[bytes, str]) -> Credential:
    if (authorization := headers.get(b"authorization")) is not None:
        scheme, _, secret = authorization.partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise Unauthenticated
        return Credential(Proof.KEY, hash_secret(secret.strip()))
    if session := _session_in(headers):
        return Credential(Proof.SESSION, hash_secret(session))
    raise Unauthenticated


def _session_in(headers: Mapping[bytes, str]) -> str | None:
    cookies = headers.get(b"cookie")
    return cookie_parser(cookies).get(SESSION_COOKIE) if cookies else None


def _is_call_of_hook(method: str | None, path: str) -> bool:
    """What an inbound hook's own token, in its path, lets in."""
    start, _, token = path.rpartition("/")
    return method == "POST" and start == "/api/hooks" and token != ""


def _check_path(scope: Scope) -> None:
    """No address of ours holds control characters; a line break in one would slip past the mounts of the router."""
    if not scope["path"].isprintable():
        raise NotFound("page", scope["path"])


def hostname_of(url: str) -> str | None:
    """The host name in an address, without port or brackets, in lower case; None if there is none."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


async def _refuse(error: OrchestraError, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await WebSocket(scope, receive, send).close(code=4401 if isinstance(error, Unauthenticated) else 4403)
        return
    await _refusal(error, scope)(scope, receive, send)


def _refusal(error: OrchestraError, scope: Scope) -> Response:
    if scope["path"].startswith("/api"):
        return response_to(error)
    if isinstance(error, Unauthenticated) and scope["method"] in _SAFE_METHODS:
        query = scope.get("query_string", b"").decode("latin-1")
        wanted = scope["path"] + (f"?{query}" if query else "")
        return RedirectResponse(f"/sign-in?next={quote(wanted)}", 303)
    return PlainTextResponse(error.message, status_of(error))
