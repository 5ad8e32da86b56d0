"""MetaGPT's worker half: runs in the environment of the locks beside it, loaded by path as a package of its own."""

from .importing import import_metagpt

import_metagpt()

from .run import run  # noqa: E402 - MetaGPT is imported with care, and before anything here that needs it

__all__ = ["run"]
