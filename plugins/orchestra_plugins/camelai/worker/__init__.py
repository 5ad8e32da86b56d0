"""CAMEL's worker half: runs in the environment of the locks beside it, loaded by path as a package of its own."""

from . import importing  # before the rest, which imports CAMEL
from .run import run

importing.look_ahead()

__all__ = ["importing", "run"]
