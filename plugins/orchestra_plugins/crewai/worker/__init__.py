"""CrewAI's worker half: runs in the environment of the lock beside it, loaded by path as a package of its own."""

from . import quiet

with quiet.apart():  # whatever imports CrewAI first, here nothing of it gets at a home or an environment file
    from .run import run

__all__ = ["run"]
