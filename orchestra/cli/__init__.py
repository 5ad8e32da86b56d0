"""The command line: one file for each group of verbs, each loaded only when it is called."""

from orchestra.cli.group import main

__all__ = ["main"]
