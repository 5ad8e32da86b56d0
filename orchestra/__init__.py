"""AgentOrchestra: run, schedule and watch AI agents of many frameworks from one place."""

__version__ = "0.1.0"
