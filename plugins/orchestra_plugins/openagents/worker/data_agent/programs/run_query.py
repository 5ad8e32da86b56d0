"""RUN AS A PROGRAM: runs one query on a SQLite database, which can do nothing but read it.

`run_query.py DATABASE QUERYFILE RESULT`: prints the first rows; a result with more goes into the CSV file RESULT whole.
"""

import csv
import sqlite3
import sys
from pathlib import Path
from urllib.parse import quote

_SHOWN_ROWS = 30
_SHOWN_CHARACTERS = 200
_MAX_ROWS = 1_000_000
_MAY = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})
_MAY_NOT = frozenset({"load_extension", "readfile", "writefile", "edit"})


def _guard(action: int, first: str | None, second: str | None, *_: object) -> int:
    if action not in _MAY or (action == sqlite3.SQLITE_FUNCTION and second in _MAY_NOT):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def main() -> None:
    database, query_file, result = sys.argv[1:]
    connection = sqlite3.connect(f"file:{quote(database)}?mode=ro", uri=True)
    connection.set_authorizer(_guard)
    try:
        cursor = connection.execute(Path(query_file).read_text("utf-8"))
        if cursor.description is None:
            raise SystemExit("The statement gives no rows; only SELECT does.")
        heads = [one[0] for one in cursor.description]
        rows = cursor.fetchmany(_MAX_ROWS + 1)
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise SystemExit(f"{type(error).__name__}: {error}") from None
    _show(heads, rows[:_SHOWN_ROWS])
    if len(rows) > _SHOWN_ROWS:
        _keep(heads, rows[:_MAX_ROWS], Path(result))
        more = " (and more, which were left out)" if len(rows) > _MAX_ROWS else ""
        print(f"… {min(len(rows), _MAX_ROWS):,} rows{more}; all of them are in {result}.")  # noqa: T201


def _show(heads: list[str], rows: list[tuple[object, ...]]) -> None:
    print(" | ".join(heads))  # noqa: T201
    for row in rows:
        cells = ("NULL" if value is None else str(value).replace("\n", " ")[:_SHOWN_CHARACTERS] for value in row)
        print(" | ".join(cells))  # noqa: T201
    if not rows:
        print("(no rows)")  # noqa: T201


def _keep(heads: list[str], rows: list[tuple[object, ...]], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heads)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
