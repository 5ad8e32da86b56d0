"""Signing in and out: a plain HTML form and one-time links, so that no script is needed before somebody is known."""

from html import escape
from pathlib import Path
from string import Template
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from orchestra.api.cookies import SESSION_COOKIE, forget_session_cookie, set_session_cookie
from orchestra.domain.identity import Session
from orchestra.errors import Unauthenticated
from orchestra.services.identity import IdentityService

_FORM_BYTES = 10_000
_WRONG_KEY = "This key is not valid. Check that it was copied whole, or make a new one."


def sign_in_routes(identity: IdentityService) -> list[Route]:
    """/sign-in, /sign-out, /link (redeems a one-time token) and /links (makes one, for the command line)."""
    page = Template(Path(__file__).with_name("sign_in.html").read_text(encoding="utf-8"))

    def form(next_path: str, problem: str = "") -> HTMLResponse:
        shown = f'<p role="alert" class="problem">{escape(problem)}</p>' if problem else ""
        body = page.substitute(next=escape(own_path(next_path), quote=True), problem=shown)
        return HTMLResponse(body, 401 if problem else 200)

    async def show(request: Request) -> Response:
        return form(request.query_params.get("next", "/"))

    async def submit(request: Request) -> Response:
        fields = parse_qs((await request.body())[:_FORM_BYTES].decode("utf-8", "replace"))
        name, key, next_path = (fields.get(field, [""])[0].strip() for field in ("name", "key", "next"))
        try:
            if name:
                password = fields.get("password", [""])[0]
                cookie, session = await run_in_threadpool(identity.sign_in_by_password, name, password)
            else:
                cookie, session = await run_in_threadpool(identity.sign_in_by_key, key)
        except Unauthenticated as error:
            return form(next_path, error.message if name else _WRONG_KEY)
        return _signed_in(request, cookie, session, own_path(next_path))

    async def redeem(request: Request) -> Response:
        try:
            cookie, session = await run_in_threadpool(identity.redeem_link, request.query_params.get("token", ""))
        except Unauthenticated as error:
            return form("/", error.message)
        return _signed_in(request, cookie, session, own_path(request.query_params.get("next", "/")))

    async def new_link(request: Request) -> Response:
        token = identity.new_link_token(request.scope["state"]["principal"])
        return JSONResponse({"path": f"/link?token={token}"}, 201)

    async def sign_out(request: Request) -> Response:
        if cookie := request.cookies.get(SESSION_COOKIE):
            await run_in_threadpool(identity.sign_out, cookie)
        response = RedirectResponse("/sign-in", 303)
        forget_session_cookie(response)
        return response

    return [
        Route("/sign-in", show, methods=["GET"]),
        Route("/sign-in", submit, methods=["POST"]),
        Route("/link", redeem, methods=["GET"]),
        Route("/links", new_link, methods=["POST"]),
        Route("/sign-out", sign_out, methods=["POST"]),
    ]


def _signed_in(request: Request, cookie: str, session: Session, next_path: str) -> Response:
    response = RedirectResponse(next_path, 303)
    set_session_cookie(request, response, cookie, session)
    return response


def own_path(path: str) -> str:
    """The path if it is one of this server's own, else the start page: no sign-in leads elsewhere."""
    own = path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path
    return path if own and path.isprintable() else "/"
