"""Keeps the company's files in its project: their names are a model's, and MetaGPT takes them as they come."""

# MetaGPT is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metagpt.utils.file_repository import FileRepository
from metagpt.utils.git_repository import GitRepository

from .paths import is_inside, plain_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from orchestra.worker.adapter import Context


def watch_paths(context: Context) -> None:
    """End the run when a file is named that is not the project's; give the project's folder a plain name."""
    for name in ("save", "get", "delete"):
        setattr(FileRepository, name, _inside(getattr(FileRepository, name), context))
    rename = GitRepository.rename_root

    def rename_root(self: Any, new_dir_name: Any) -> None:
        rename(self, plain_name(str(new_dir_name)))

    GitRepository.rename_root = rename_root


def _inside(method: Callable[..., Any], context: Context) -> Callable[..., Any]:
    @functools.wraps(method)
    async def checked(self: Any, filename: Any, *arguments: Any, **options: Any) -> Any:
        if not is_inside(filename, Path(self.workdir), Path(self._git_repo.workdir)):
            context.fail(f"The model named a file that is not in its project: '{str(filename)[:200]}'.")
        return await method(self, filename, *arguments, **options)

    return checked
