"""The part of an execution's page that lists the files that the run has left, each to be looked at or fetched."""

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import quote

from orchestra.domain.artifacts import Artifact, ArtifactPage
from orchestra.domain.environments import size_text
from orchestra.domain.previews import Preview, PreviewKind
from orchestra_ui.context import Screen
from orchestra_ui.parts.dialogs import dialog_frame
from orchestra_ui.parts.elements import Link, Text, block, box, button, text_button
from orchestra_ui.parts.feedback import ask, attempt
from orchestra_ui.parts.moment import Moment
from orchestra_ui.parts.table import cell, table, text_cell
from orchestra_ui.wording import count, one_line

_PAGE = 50
_COLUMNS = {"File": "", "Size": "number", "Changed": "hide-small", "": ""}


class ArtifactsPart:
    """Reads only while it is seen: a run may leave many files."""

    def __init__(self, screen: Screen, execution_id: str, on_count: Callable[[int], None]) -> None:
        self._screen = screen
        self._on_count = on_count
        self._execution_id = execution_id
        self._is_seen = False
        self._limit = _PAGE
        self._root = box("stack")

    async def show_if(self, is_seen: bool) -> None:
        self._is_seen = is_seen
        await self.refresh()

    async def refresh(self) -> None:
        """Look again, if anybody sees it."""
        if not self._is_seen or self._root.is_deleted:
            return
        artifacts = self._screen.services.artifacts
        found = await ask(artifacts.list, self._screen.principal, self._execution_id, limit=self._limit)
        if not self._root.is_deleted:
            self._root.clear()
            with self._root:
                self._draw(found)

    async def count(self) -> None:
        """Tell how many files there are, whoever sees them."""
        artifacts = self._screen.services.artifacts
        total = await ask(artifacts.count, self._screen.principal, self._execution_id)
        if not self._root.is_deleted:
            self._on_count(total)

    def _draw(self, found: ArtifactPage) -> None:
        self._on_count(found.total)
        with box("actions"):
            Text(self._sentence(found), "p", "soft")
            button("Look again", self.refresh, "quiet", "refresh")
        if not found.items:
            return
        with table("Files", _COLUMNS):
            for artifact in found.items:
                with box(tag="tr"):
                    self._draw_row(artifact)
        if len(found.items) < found.total:
            button(f"Show more of {count(found.total, 'file')}", self._show_more, "quiet")

    def _sentence(self, found: ArtifactPage) -> str:
        days = f"{self._screen.services.artifacts.days:g}"
        ends, is_over = found.kept_until, found.kept_until is not None and found.kept_until <= datetime.now(UTC)
        if not found.items:
            if is_over:
                return f"There are no files. What a run leaves is kept for {count_of_days(days)} after its end."
            return "It has left no files so far." if ends is None else "It has left no files."
        there = "There are more files than are listed. " if not found.is_whole else ""
        return f"{there}They are kept for {count_of_days(days)} after the end of the run."

    def _draw_row(self, artifact: Artifact) -> None:
        with cell("foreign"):
            text_button(one_line(artifact.path, 120), lambda: self._open(artifact))
        text_cell("number").show(bytes_text(artifact.size_bytes))
        with cell("hide-small"):
            Moment(artifact.modified_at, "ago")
        with cell():
            self._draw_download(artifact)

    def _draw_download(self, artifact: Artifact) -> None:
        link = Link("Download", self._address_of(artifact))
        link.props["download"] = True
        link.props["aria-label"] = f"Download {one_line(artifact.path, 120)}"

    def _address_of(self, artifact: Artifact) -> str:
        return f"/api/executions/{quote(self._execution_id, safe='')}/artifacts/{quote(artifact.id, safe='')}"

    async def _show_more(self) -> None:
        self._limit += _PAGE
        await self.refresh()

    async def _open(self, artifact: Artifact) -> None:
        services, principal = self._screen.services, self._screen.principal
        preview = await attempt(lambda: services.artifacts.preview(principal, self._execution_id, artifact.id))
        if preview is None or self._root.is_deleted:
            return
        with self._root, dialog_frame(one_line(artifact.path, 120)) as dialog:
            self._draw_preview(artifact, preview)
            with box("actions"):
                self._draw_download(artifact)
                button("Close", dialog.close)
        dialog.open()

    def _draw_preview(self, artifact: Artifact, preview: Preview) -> None:
        match preview.kind:
            case PreviewKind.TEXT:
                block(preview.text or "The file is empty.")
            case PreviewKind.TABLE:
                _draw_table(preview)
            case PreviewKind.IMAGE:
                box("preview-image", "img", src=self._address_of(artifact), alt=one_line(artifact.path, 120))
            case PreviewKind.NONE:
                Text("It is neither text nor an image that can be shown here. Download it.", "p", "soft")
        if preview.is_cut:
            Text("The file goes on; this is its beginning.", "p", "soft")


def _draw_table(preview: Preview) -> None:
    with box("table-frame", tabindex="0"), box("list", "table"), box(tag="tbody"):
        for row in preview.rows:
            with box(tag="tr"):
                for value in row:
                    text_cell("foreign").show(one_line(value))


def bytes_text(size_bytes: int) -> str:
    """As '0 bytes', '812 bytes', '3 kB' or '3.4 MB'."""
    if size_bytes < 1000:
        return count(size_bytes, "byte")
    return f"{size_bytes / 1000:.0f} kB" if size_bytes < 99_500 else size_text(size_bytes)


def count_of_days(days: str) -> str:
    return f"{days} day{'' if days == '1' else 's'}"
