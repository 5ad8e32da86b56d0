"""Makes the routers of the REST front: their answers leave out what is unset."""

from enum import Enum
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute

from orchestra.api.refusals import FORBIDDEN, UNAUTHENTICATED


class _Route(APIRoute):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "response_model_exclude_unset": True})


def router_for(tag: str, prefix: str = "") -> APIRouter:
    """A router under a tag of the API document, whose routes refuse who is not signed in."""
    tags: list[str | Enum] = [tag]
    return APIRouter(prefix=prefix, tags=tags, responses=UNAUTHENTICATED | FORBIDDEN, route_class=_Route)
