"""The shapes of what runs have left: files, and what can be shown of one."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from orchestra.api.schemas import ABSENT, PaginationOut, Shape
from orchestra.domain.artifacts import Artifact, ArtifactPage
from orchestra.domain.pages import Page
from orchestra.domain.previews import Preview, PreviewKind


class ArtifactOut(Shape):
    id: str
    path: Annotated[str, Field(description="Within the run's folder; whatever the run has named it.")]
    size_bytes: int
    modified_at: datetime

    @staticmethod
    def of_artifact(artifact: Artifact) -> "ArtifactOut":
        return ArtifactOut(
            id=artifact.id, path=artifact.path, size_bytes=artifact.size_bytes, modified_at=artifact.modified_at
        )


class ArtifactsOut(Shape):
    artifacts: list[ArtifactOut]
    is_whole: Annotated[bool, Field(description="False if there are more than are looked at.")]
    kept_until: Annotated[datetime, Field(description="When they go, or went; absent while it has not ended.")] = ABSENT
    pagination: PaginationOut

    @staticmethod
    def of_page(found: ArtifactPage) -> "ArtifactsOut":
        return ArtifactsOut.of(
            artifacts=[ArtifactOut.of_artifact(one) for one in found.items],
            is_whole=found.is_whole,
            kept_until=found.kept_until,
            pagination=PaginationOut.of_page(Page(found.items, found.page, found.limit, found.total)),
        )


class PreviewOut(Shape):
    kind: PreviewKind
    text: str = ABSENT
    rows: Annotated[list[list[str]], Field(description="The first one may hold the heads of the columns.")] = ABSENT
    is_cut: Annotated[bool, Field(description="Whether the file goes on.")]

    @staticmethod
    def of_preview(preview: Preview) -> "PreviewOut":
        return PreviewOut.of(
            kind=preview.kind,
            text=preview.text if preview.kind is PreviewKind.TEXT else None,
            rows=[list(row) for row in preview.rows] if preview.kind is PreviewKind.TABLE else None,
            is_cut=preview.is_cut,
        )
