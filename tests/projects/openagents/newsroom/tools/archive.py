def look_up(topic: str) -> str:
    """Look up what was written on a topic.

    Args:
        topic: the topic.
    """
    return f"Nothing was written on {topic} yet."
