"""Orca's worker half."""

from .run import run

__all__ = ["run"]
