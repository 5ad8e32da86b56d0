"""Writes a complete small plugin for somebody to begin with."""
