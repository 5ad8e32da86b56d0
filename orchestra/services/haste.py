"""Lets fronts ask for what is quickly done without a thread."""

from orchestra_storage.haste import promptly

__all__ = ["promptly"]
