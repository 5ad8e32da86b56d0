"""MiniAGI's worker half: standard library only, Python 3.9 and later, loaded by path as a package of its own."""

from .loop import run

__all__ = ["run"]
