"""Artifacts: files that a run has left in its folder, as others name and see them; pure."""

import base64
import binascii
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

_LONGEST_ID = 8_000


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file of a run; its `path`, relative to the run's folder with `/` between the parts, is the run's to choose."""

    id: str
    path: str
    size_bytes: int
    modified_at: datetime

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class ArtifactPage:
    """Artifacts in the order of their paths, from one page of `total`.

    `is_whole` is false if the run has left more than are looked at. `kept_until` is when they go; None while it has not
    ended.
    """

    items: Sequence[Artifact]
    page: int
    limit: int
    total: int
    is_whole: bool
    kept_until: datetime | None


def is_hidden(name: str) -> bool:
    """Whether a file or folder is no work of the run's: HOME is its folder, so libraries keep their caches there."""
    return name.startswith(".") or name == "__pycache__"


def id_of(parts: Sequence[str]) -> str:
    """What names a path in an address: any bytes can be in it, and nothing that an address gives a meaning to."""
    return base64.urlsafe_b64encode(os.fsencode("/".join(parts))).rstrip(b"=").decode()


def parts_of(artifact_id: str) -> tuple[str, ...] | None:
    """The path that an id names; None if it names none that is listed."""
    if len(artifact_id) > _LONGEST_ID or not artifact_id.isascii():
        return None
    try:
        path = os.fsdecode(base64.b64decode(artifact_id + "=" * (-len(artifact_id) % 4), b"-_", validate=True))
    except (binascii.Error, ValueError):
        return None
    parts = tuple(path.split("/"))
    if any(not part or is_hidden(part) or "\0" in part or (os.sep != "/" and os.sep in part) for part in parts):
        return None
    return parts


def readable(parts: Sequence[str]) -> str:
    """The path as text that can be sent: bytes that are no UTF-8 are replaced."""
    return os.fsencode("/".join(parts)).decode("utf-8", "replace")
