"""Entity tags (RFC 9110): how an answer names the edition that it shows, and how a change names the one it is for."""

from collections.abc import Collection

_BYTES_MARK = "."  # behind it, a tag tells of the answer's bytes, which change with every run too


def tag_of(edition: str) -> str:
    return f'"{edition}"'


def parse_if_match(header: str | None) -> Collection[str] | None:
    """The editions that an If-Match names; None if any will do. A weak tag names none."""
    if header is None or header.strip() == "*":
        return None
    tags = (part.strip() for part in header.split(","))
    return {tag[1:-1].partition(_BYTES_MARK)[0] for tag in tags if len(tag) > 2 and tag[0] == tag[-1] == '"'}
