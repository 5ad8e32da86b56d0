"""Runs executions: each in worker processes of its own, to exactly one end."""
