"""OpenAgents' worker half: runs in the environment of the locks beside it, loaded by path as a package of its own.

What is imported with it is the standard library alone, so that a data agent starts at once; the network's library comes
when a network runs.
"""

from .run import run

__all__ = ["run"]
