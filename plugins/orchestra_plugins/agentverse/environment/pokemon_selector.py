"""Stands for agentverse's selector "pokemon" in the environment, whose game has its own program for a browser."""


class PokemonSelector:
    """Is registered nowhere, so that it cannot be chosen."""
