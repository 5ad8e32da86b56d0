"""/executions/{id}/artifacts"""

from collections.abc import Iterator
from typing import Annotated, BinaryIO
from urllib.parse import quote

from fastapi import Header, Query, Response
from fastapi.responses import StreamingResponse

from orchestra.api.deps import PrincipalDep, ServicesDep
from orchestra.api.ranges import range_of
from orchestra.api.refusals import CHANGED, INVALID, OUT_OF_RANGE, UNKNOWN, Responses
from orchestra.api.routing import router_for
from orchestra.api.schemas_artifacts import ArtifactsOut, PreviewOut
from orchestra.api.tags import parse_if_match, tag_of
from orchestra.errors import PreconditionFailed
from orchestra.services.artifacts import OpenArtifact

router = router_for("Executions", "/executions/{execution_id}/artifacts")

_PIECE_BYTES = 256 * 1024
_BYTES: Responses = {
    200: {"description": "All of it", "content": {"application/octet-stream": {"schema": {"type": "string"}}}},
    206: {"description": "The bytes that Range asks for"},
}


@router.get("", responses=INVALID | UNKNOWN, summary="List the files that an execution has left")
def list_artifacts(
    services: ServicesDep,
    principal: PrincipalDep,
    execution_id: str,
    page: Annotated[int, Query(ge=1, le=1_000_000_000)] = 1,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> ArtifactsOut:
    return ArtifactsOut.of_page(services.artifacts.list(principal, execution_id, page=page, limit=limit))


@router.get(
    "/{artifact_id}",
    responses=_BYTES | UNKNOWN | CHANGED | OUT_OF_RANGE,
    response_class=StreamingResponse,
    summary="Get a file that an execution has left",
)
def get_artifact(
    services: ServicesDep,
    principal: PrincipalDep,
    execution_id: str,
    artifact_id: str,
    wanted: Annotated[str | None, Header(alias="Range", description="One range of bytes.")] = None,
    if_range: Annotated[str | None, Header(description="Range counts only for what has this ETag.")] = None,
    if_match: Annotated[str | None, Header(description="Refuse (412) what has another ETag.")] = None,
) -> Response:
    opened = services.artifacts.open(principal, execution_id, artifact_id)
    try:
        wanted_tags = parse_if_match(if_match)
        if wanted_tags is not None and opened.tag not in map(tag_of, wanted_tags):
            raise PreconditionFailed("The file was changed since you began to read it. Read it anew.")
        size = opened.artifact.size_bytes
        part = range_of(wanted, size) if if_range in {None, opened.tag} else None
    except Exception:
        opened.file.close()
        raise
    headers = _headers(opened)
    if part is not None:
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    asked = part if part is not None else range(size)
    headers["Content-Length"] = str(len(asked))
    return StreamingResponse(
        _pieces(opened.file, asked), 200 if part is None else 206, headers, media_type=opened.media_type
    )


@router.get("/{artifact_id}/preview", responses=UNKNOWN, summary="Get what can be shown of such a file")
def preview_artifact(services: ServicesDep, principal: PrincipalDep, execution_id: str, artifact_id: str) -> PreviewOut:
    return PreviewOut.of_preview(services.artifacts.preview(principal, execution_id, artifact_id))


def _headers(opened: OpenArtifact) -> dict[str, str]:
    """What a browser must know of a stranger's file: it is to be kept, not opened, and if opened, it may do nothing."""
    name = opened.artifact.name
    plain = "".join(one if one.isascii() and (one.isalnum() or one in "._-") else "_" for one in name)
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
        "Accept-Ranges": "bytes",
        "ETag": opened.tag,
    }


def _pieces(file: BinaryIO, asked: range) -> Iterator[bytes]:
    with file:
        file.seek(asked.start)
        left = len(asked)
        while left and (piece := file.read(min(left, _PIECE_BYTES))):
            left -= len(piece)
            yield piece
