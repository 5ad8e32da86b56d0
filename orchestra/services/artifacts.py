"""What a person can do with the files that a run has left in its folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from os import fstat, stat_result
from pathlib import Path
from typing import BinaryIO

from orchestra.domain.artifacts import Artifact, ArtifactPage, id_of, parts_of, readable
from orchestra.domain.executions import Execution
from orchestra.domain.identity import Principal
from orchestra.domain.previews import HEAD_BYTES, Preview, media_type_of, preview_of
from orchestra.errors import NotFound
from orchestra.redactor import Redactor
from orchestra.services.executions import ExecutionService
from orchestra.services.retention import files_of
from orchestra.services.run_folder import MOST_FILES, files_in, open_file


@dataclass(frozen=True, slots=True)
class OpenArtifact:
    """A file that is open, for who reads it to close; `tag` is another one once it was changed."""

    file: BinaryIO
    artifact: Artifact
    media_type: str
    tag: str


class ArtifactService:
    def __init__(self, executions: ExecutionService, runs: Path, redactor: Redactor, days: float) -> None:
        self._executions = executions
        self._runs = runs
        self._redactor = redactor
        self.days = days
        """For how many days they are kept after the run's end."""

    def list(self, principal: Principal, execution_id: str, *, page: int = 1, limit: int = 20) -> ArtifactPage:
        """A page of the files that the run has left so far, as they are now."""
        execution = self._executions.get(principal, execution_id)
        found = list(files_in(files_of(self._runs, execution.id)))
        listed = found[:MOST_FILES]
        shown = listed[(page - 1) * limit : page * limit]
        artifacts = [_artifact_of(one.parts, one.status) for one in shown]
        return ArtifactPage(artifacts, page, limit, len(listed), found == listed, self._kept_until(execution))

    def count(self, principal: Principal, execution_id: str) -> int:
        """How many files the run has left so far."""
        return self.list(principal, execution_id, limit=1).total

    def open(self, principal: Principal, execution_id: str, artifact_id: str) -> OpenArtifact:
        """One of them, open; NotFound if it is not there (any more)."""
        execution = self._executions.get(principal, execution_id)
        parts = parts_of(artifact_id)
        if parts is None:
            raise NotFound("artifact", artifact_id)
        try:
            file = open_file(files_of(self._runs, execution.id), parts)
        except FileNotFoundError as error:
            raise NotFound("artifact", artifact_id) from error
        status = fstat(file.fileno())
        tag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
        media_type = media_type_of(file.read(HEAD_BYTES))
        file.seek(0)
        return OpenArtifact(file, _artifact_of(parts, status), media_type, tag)

    def preview(self, principal: Principal, execution_id: str, artifact_id: str) -> Preview:
        """What can be shown of it; known secrets are taken out of what is text."""
        opened = self.open(principal, execution_id, artifact_id)
        with opened.file as file:
            head = file.read(HEAD_BYTES)
        if not opened.media_type.startswith("image/"):
            head = self._redactor.text(head.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        return preview_of(opened.artifact.name, head, opened.artifact.size_bytes)

    def _kept_until(self, execution: Execution) -> datetime | None:
        if execution.completed_at is None:
            return None
        return execution.completed_at + timedelta(days=self.days)


def _artifact_of(parts: Sequence[str], status: stat_result) -> Artifact:
    try:
        modified_at = datetime.fromtimestamp(status.st_mtime, UTC)
    except (ValueError, OverflowError, OSError):  # a run may set any time
        modified_at = datetime.fromtimestamp(0, UTC)
    return Artifact(id_of(parts), readable(parts), status.st_size, modified_at)
