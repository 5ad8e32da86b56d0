"""Where the newsroom's facts come from."""


def weather_of(city: str) -> str:
    """The weather in a city.

    Args:
        city (str): The city.
    """
    return f"In {city} it rains."
