"""Tells other programs what happens here, and survives their absence and ours."""
