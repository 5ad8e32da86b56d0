"""BabyAGI's worker half: runs in the environment of the locks beside it, loaded by path as a package of its own."""

# What functionz stands on is imported ahead; babyagi itself makes its database when it is imported, in a run.
# pyright: reportMissingImports=false

import cryptography.fernet  # noqa: F401
import flask  # noqa: F401
import sqlalchemy.orm  # noqa: F401

from .run import run

__all__ = ["run"]
