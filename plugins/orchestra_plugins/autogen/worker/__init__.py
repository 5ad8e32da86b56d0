"""AutoGen's worker half: runs in the environment of the lock beside it, loaded by path as a package of its own."""

from .run import run

__all__ = ["run"]
