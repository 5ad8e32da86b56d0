"""Stands for AgentVerse's memory manipulator "reflection" in the environment, which has no scikit-learn."""


class Reflection:
    """Is registered nowhere, so that it cannot be chosen."""
