"""Decides where files may lie whose names come from a model; pure."""

from __future__ import annotations

import re
from pathlib import Path

_STRANGE = re.compile(r"[^A-Za-z0-9_-]+")
_MOST_CHARACTERS = 64


def plain_name(name: str) -> str:
    """A folder's name, whatever a model has called its project; MetaGPT deletes what has that name already."""
    return _STRANGE.sub("_", name).strip("_-")[:_MOST_CHARACTERS] or "project"


def is_inside(name: str | Path, folder: Path, root: Path) -> bool:
    """Whether a name, from a folder, leads to something below the root that is not git's own."""
    path = (folder / name).resolve()
    return path.is_relative_to(root.resolve()) and ".git" not in path.relative_to(root.resolve()).parts
