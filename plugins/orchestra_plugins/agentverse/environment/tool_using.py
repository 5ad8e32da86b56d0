"""Stands for AgentVerse's executor "tool-using" in the environment, which has no server of tools for it."""


class ToolUsingExecutor:
    """Is registered nowhere, so that it cannot be chosen."""
