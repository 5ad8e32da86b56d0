"""Reads the variables that a project sets for its graphs, in its langgraph.json or in a file that this names."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_FILE = "langgraph.json"
_MAX_BYTES = 1_000_000
# As dotenv reads it: a value in quotes may go over several lines.
_ASSIGNED = re.compile(
    r"^[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_]\w*)[ \t]*=[ \t]*"
    r"""(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)"|(?P<plain>[^\n]*))""",
    re.MULTILINE,
)


def variables_of(folder: Path, given: object) -> Iterator[tuple[str, str]]:
    """Name and value of each, from a mapping or from the file in the folder that is named."""
    if isinstance(given, Mapping):
        yield from ((str(name), str(value)) for name, value in given.items())
    elif isinstance(given, str):
        path = (folder / given).resolve()
        if folder in path.parents and path.is_file() and path.stat().st_size <= _MAX_BYTES:
            for found in _ASSIGNED.finditer(path.read_text("utf-8", "replace")):
                plain = (found["plain"] or "").partition(" #")[0].strip()
                yield found["name"], found["single"] or found["double"] or plain


def secrets_of(configuration: Mapping[str, Any]) -> list[str]:
    """The values that an agent's project sets: each might be a key, so all are taken for that."""
    project = configuration.get("project")
    if not isinstance(project, str) or not project:
        return []
    folder = Path(project).expanduser().resolve()
    source = folder / _FILE
    if not source.is_file() or source.stat().st_size > _MAX_BYTES:
        return []
    described = json.loads(source.read_bytes())
    given = described.get("env") if isinstance(described, Mapping) else None
    return [value for _, value in variables_of(folder, given) if value]
