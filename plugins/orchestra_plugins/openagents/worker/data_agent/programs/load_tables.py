"""RUN AS A PROGRAM: puts the tables of files into a SQLite database, and tells what each file holds.

`load_tables.py DATABASE FILE…`, in the files' folder: a line of JSON for each file, with `file`, and either `tables`
(each with `name`, `columns` as [name, type], `rows`, `first`, its first rows), or `text`, its beginning, or `problem`.
"""

# pandas is in the framework's environment, not in ours.
# pyright: reportMissingImports=false

import csv
import json
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

_CHUNK_ROWS = 50_000
_SAMPLE_BYTES = 20_000
_SHOWN_ROWS = 3
_SHOWN_CHARACTERS = 100
_TEXT_CHARACTERS = 1000


def main() -> None:
    database = sqlite3.connect(sys.argv[1])
    for file in sys.argv[2:]:
        try:
            told = _loaded(Path(file), database)
        except Exception as error:  # noqa: BLE001 - libraries throw anything at files that are broken
            database.rollback()
            told = {"problem": f"{type(error).__name__}: {error}"[:500]}
        database.commit()
        print(json.dumps({"file": file, **told}, default=str))  # noqa: T201
    database.close()


def _loaded(file: Path, database: sqlite3.Connection) -> dict[str, Any]:
    stem, read = file.stem, _READERS.get(file.suffix.lower())
    if read is None:
        return _as_text(file)
    database.execute('CREATE TABLE IF NOT EXISTS "_sources" (file, name)')
    for (old,) in database.execute('SELECT name FROM "_sources" WHERE file = ?', (str(file),)).fetchall():
        database.execute(f'DROP TABLE IF EXISTS "{old}"')
    database.execute('DELETE FROM "_sources" WHERE file = ?', (str(file),))
    written: list[str] = []
    names: dict[str, str] = {}
    for part, frame in read(file):
        wanted = _identifier(f"{stem}_{part}" if part and read is _excel else part or stem)
        if part not in names:
            names[part] = _free(wanted, database)
            written.append(names[part])
            database.execute('INSERT INTO "_sources" VALUES (?, ?)', (str(file), names[part]))
        _plain(frame).to_sql(names[part], database, index=False, if_exists="append")
    return {"tables": [_told(name, database) for name in written]}


def _plain(frame: Any) -> Any:
    """What SQLite cannot hold (lists, mappings) becomes JSON text, and no two columns have the same name."""
    frame.columns = _distinct([str(one).strip() or f"column_{i}" for i, one in enumerate(frame.columns, 1)])
    for name in frame.columns:
        if frame[name].dtype == object:
            frame[name] = frame[name].map(lambda v: json.dumps(v, default=str) if isinstance(v, (list, dict)) else v)
    return frame


def _distinct(names: list[str]) -> list[str]:
    """SQLite takes names for the same that differ in case only."""
    taken: set[str] = set()
    for index, name in enumerate(names):
        number, one = 1, name
        while one.lower() in taken:
            number += 1
            one = f"{name}_{number}"
        taken.add(one.lower())
        names[index] = one
    return names


def _csv(file: Path) -> Iterator[tuple[str, Any]]:
    import pandas

    with file.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
        sample = opened.read(_SAMPLE_BYTES)
    try:
        separator = csv.Sniffer().sniff(sample, ",;\t|").delimiter
    except csv.Error:  # a single column has none
        separator = "\t" if file.suffix.lower() == ".tsv" else ","
    chunks = pandas.read_csv(
        file, sep=separator, encoding="utf-8-sig", encoding_errors="replace", chunksize=_CHUNK_ROWS, low_memory=False
    )
    for chunk in chunks:
        yield "", chunk


def _json(file: Path) -> Iterator[tuple[str, Any]]:
    import pandas

    try:
        yield "", pandas.read_json(file, lines=file.suffix.lower() != ".json")
    except ValueError:  # an object, perhaps with others in it
        yield "", pandas.json_normalize(json.loads(file.read_text("utf-8-sig")))


def _excel(file: Path) -> Iterator[tuple[str, Any]]:
    import pandas

    sheets = pandas.read_excel(file, sheet_name=None)
    for name, frame in sheets.items():
        yield str(name) if len(sheets) > 1 else "", frame


def _sqlite(file: Path) -> Iterator[tuple[str, Any]]:
    import pandas

    source = sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)
    found = source.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    for (name,) in found:
        quoted = name.replace('"', '""')
        for chunk in pandas.read_sql_query(f'SELECT * FROM "{quoted}"', source, chunksize=_CHUNK_ROWS):  # noqa: S608
            yield str(name), chunk
    source.close()


_READERS: Mapping[str, Callable[[Path], Iterator[tuple[str, Any]]]] = {
    **dict.fromkeys((".csv", ".tsv"), _csv),
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), _json),
    **dict.fromkeys((".xlsx", ".xlsm"), _excel),
    **dict.fromkeys((".db", ".sqlite", ".sqlite3"), _sqlite),
}


def _as_text(file: Path) -> dict[str, Any]:
    with file.open("rb") as opened:
        data = opened.read(_TEXT_CHARACTERS * 4)
    if b"\0" in data or data.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8")):
        return {"text": ""}
    return {"text": data.decode("utf-8-sig", "replace")[:_TEXT_CHARACTERS]}


def _identifier(name: str) -> str:
    cleaned = re.sub(r"\W+", "_", name).strip("_").lower()[:60] or "table"
    return f"t_{cleaned}" if cleaned[0].isdigit() or cleaned.startswith("sqlite_") else cleaned


def _free(name: str, database: sqlite3.Connection) -> str:
    number, one = 1, name
    while database.execute("SELECT 1 FROM sqlite_master WHERE lower(name) = lower(?)", (one,)).fetchone():
        number += 1
        one = f"{name}_{number}"
    return one


def _told(name: str, database: sqlite3.Connection) -> dict[str, Any]:
    columns = [[row[1], row[2]] for row in database.execute(f'PRAGMA table_info("{name}")')]
    (rows,) = database.execute(f'SELECT count(*) FROM "{name}"').fetchone()  # noqa: S608 - an identifier of ours
    first = database.execute(f'SELECT * FROM "{name}" LIMIT {_SHOWN_ROWS}').fetchall()  # noqa: S608
    shown = [[value if value is None else str(value)[:_SHOWN_CHARACTERS] for value in row] for row in first]
    return {"name": name, "columns": columns, "rows": rows, "first": shown}


if __name__ == "__main__":
    main()
