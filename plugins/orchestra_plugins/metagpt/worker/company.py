"""Hires MetaGPT's stock software company."""

# MetaGPT is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metagpt.roles import Architect, Engineer, ProductManager, ProjectManager, QaEngineer

from . import guards, trial_runs

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_ENGINEERS = 5  # as in MetaGPT's own command
_IDENTITY = {"GIT_CONFIG_NOSYSTEM": "1"} | {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "MetaGPT"), ("EMAIL", "metagpt@localhost"))
}


def roles_of(configuration: Mapping[str, Any], made: Any, context: Context) -> list[Any]:
    """The company's roles; `made` is MetaGPT's context. Fails if its means are not there."""
    if shutil.which("git") is None:
        context.fail(
            "The software company keeps its files with git, and there is no git on this machine. Install it.",
            failure="environment",
        )
    os.environ.update(_IDENTITY)  # whose settings and hooks would otherwise apply depends on the machine
    guards.watch_paths(context)
    trial_runs.run_here(float(configuration.get("test_timeout", 60)), context)
    roles: list[Any] = [ProductManager(context=made), Architect(context=made), ProjectManager(context=made)]
    if configuration.get("implement", True):
        review = bool(configuration.get("code_review", True))
        roles.append(Engineer(n_borg=_ENGINEERS, use_code_review=review, context=made))
        if configuration.get("run_tests"):
            roles.append(QaEngineer(context=made))
    return roles


def files_of(made: Any, folder: str) -> dict[str, Any]:
    """What the company has left: `project`, its folder within the run's, and `files` in it; empty without any."""
    if made.git_repo is None or made.git_repo.workdir is None:
        return {}
    top = Path(made.git_repo.workdir)
    files = [path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_file()]
    shown = sorted(name for name in files if not name.startswith(".git/"))
    return {"project": os.path.relpath(top, folder), "files": shown}
