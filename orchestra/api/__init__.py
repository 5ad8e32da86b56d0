"""The REST front: parses, calls one service, shapes the answer."""
