"""Artifacts: the files that an execution has left in its folder."""

from typing import Literal, NotRequired, TypedDict


class Artifact(TypedDict):
    """`path` is within the run's folder, and whatever the run has named it: do not write to it unlooked at."""

    id: str
    path: str
    sizeBytes: int
    modifiedAt: str


class Preview(TypedDict):
    """`text` or `rows` by the kind, of which there may be more if `isCut`; an image is shown as it is."""

    kind: Literal["text", "table", "image", "none"]
    text: NotRequired[str]
    rows: NotRequired[list[list[str]]]
    isCut: bool
