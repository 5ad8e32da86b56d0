"""Stands for agentverse/agents/simulation_agent/tool.py in the environment, which has no BMTools and no LangChain."""


class ToolAgent:
    """Is registered nowhere, so that it cannot be chosen."""
