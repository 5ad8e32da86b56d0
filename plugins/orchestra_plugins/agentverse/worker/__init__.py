"""AgentVerse's worker half: runs in the environment of the locks beside it, loaded by path as a package of its own."""

import contextlib
import io

with contextlib.redirect_stdout(io.StringIO()):  # it says that BMTools is not there
    import agentverse  # noqa: F401 # pyright: ignore[reportMissingImports]

from .run import run

__all__ = ["run"]
