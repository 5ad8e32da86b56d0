"""The refusals that routes document, each in the one error shape."""

from typing import Any

from orchestra.api.schemas import ErrorOut

Responses = dict[int | str, dict[str, Any]]

INVALID: Responses = {400: {"model": ErrorOut, "description": "What was sent is not valid"}}
UNAUTHENTICATED: Responses = {401: {"model": ErrorOut, "description": "Nobody is signed in"}}
FORBIDDEN: Responses = {403: {"model": ErrorOut, "description": "This person or key may not"}}
UNKNOWN: Responses = {404: {"model": ErrorOut, "description": "There is no such thing"}}
CONFLICT: Responses = {409: {"model": ErrorOut, "description": "Its state forbids this"}}
CHANGED: Responses = {412: {"model": ErrorOut, "description": "It was changed since it was read"}}
OUT_OF_RANGE: Responses = {416: {"model": ErrorOut, "description": "It has no such bytes"}}
UNAVAILABLE: Responses = {503: {"model": ErrorOut, "description": "A part that is needed does not answer"}}
