"""Keeps records in a file of JSON lines, which a person can download."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def write_lines(folder: str, name: str, records: Iterable[Mapping[str, Any]]) -> None:
    """Write all anew, aside first, so that whoever looks in between sees whole lines."""
    path = Path(folder, name)
    aside = path.with_name(f".{name}")
    lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in records]
    aside.write_bytes("".join(lines).encode("utf-8", "replace"))
    aside.replace(path)
