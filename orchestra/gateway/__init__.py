"""The model gateway: every framework's model calls pass here, with a key that is worth one execution."""
