"""A private network of openagents.org inside this process: nothing of it listens anywhere."""
