"""Makes the routers of the REST front: their answers leave out what is unset, and become JSON once."""

import functools
from collections.abc import Callable
from enum import Enum
from inspect import iscoroutinefunction
from typing import Any, TypeVar

from fastapi import APIRouter, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel

from orchestra.api.refusals import FORBIDDEN, UNAUTHENTICATED
from orchestra.services.haste import promptly

_JSON = "application/json"
_PROMPT = "is_prompt"

F = TypeVar("F", bound=Callable[..., Any])


class _Route(APIRoute):
    def __init__(self, path: str, endpoint: Callable[..., Any], **kwargs: Any) -> None:
        encoded = _encoded(endpoint, kwargs.get("status_code") or 200)
        super().__init__(path, encoded, **{**kwargs, "response_model_exclude_unset": True})


def prompt(endpoint: F) -> F:
    """Marks a handler that is as quick as a hop to a thread, and can be begun anew: it runs on the event loop.

    Where it would have to wait for anything, it is broken off and runs in a thread after all.
    """
    setattr(endpoint, _PROMPT, True)
    return endpoint


def router_for(tag: str, prefix: str = "") -> APIRouter:
    """A router under a tag of the API document, whose routes refuse who is not signed in."""
    tags: list[str | Enum] = [tag]
    return APIRouter(prefix=prefix, tags=tags, responses=UNAUTHENTICATED | FORBIDDEN, route_class=_Route)


def _encoded(endpoint: Callable[..., Any], status: int) -> Callable[..., Any]:
    """The handler, with its model made JSON where it runs: FastAPI itself would check it again, in a further thread."""
    if iscoroutinefunction(endpoint):
        return endpoint

    @functools.wraps(endpoint)
    def encoded(*args: Any, **kwargs: Any) -> Any:
        answer = endpoint(*args, **kwargs)
        if not isinstance(answer, BaseModel):
            return answer
        response = Response(answer.model_dump_json(by_alias=True, exclude_unset=True), status, media_type=_JSON)
        for given in kwargs.values():
            if isinstance(given, Response):  # what the handler was given to put headers and a status on
                response.status_code = given.status_code or status
                response.raw_headers.extend(given.raw_headers)
        return response

    @functools.wraps(endpoint)
    async def encoded_promptly(*args: Any, **kwargs: Any) -> Any:
        return await promptly(lambda: encoded(*args, **kwargs))

    return encoded_promptly if getattr(endpoint, _PROMPT, False) else encoded
