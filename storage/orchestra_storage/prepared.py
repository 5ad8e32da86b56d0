"""Runs statements that every execution needs, without what SQLAlchemy does anew each time it executes one."""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Delete, Dialect, Insert, Select, Update
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.selectable import TextualSelect
from sqlalchemy.types import TypeEngine

_Statement = Select[*tuple[Any, ...]] | TextualSelect | Insert | Update | Delete
_Values = Mapping[str, Any]
_Process = Callable[[Any], Any]


class Prepared:
    """A statement that is put into words once for SQLite, where wording it takes several times as long as running it.

    With another database it goes through SQLAlchemy each time; values and rows are the same. `columns` are those of an
    INSERT or UPDATE that the values fill, beside the statement's own parameters. No lists of values (IN).
    """

    def __init__(self, statement: _Statement, columns: Iterable[str] = ()) -> None:
        self._statement = statement
        self._columns = tuple(columns)
        self._wording: _Wording | None = None

    def all(self, connection: Connection, values: _Values | None = None) -> Sequence[Any]:
        """All rows; their columns are read by name."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, dict(values or {})).all()
        wording = self._worded(connection.dialect)
        return wording.rows(_run(connection, wording, values or {}))

    def first(self, connection: Connection, values: _Values | None = None) -> Any | None:
        """The first row, if there is any."""
        found = self.all(connection, values)
        return found[0] if found else None

    def run(self, connection: Connection, values: _Values | None = None) -> int:
        """Execute what gives no rows; how many it changed."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, dict(values or {})).rowcount
        return _run(connection, self._worded(connection.dialect), values or {}).rowcount

    def _worded(self, dialect: Dialect) -> _Wording:
        if self._wording is None:  # threads that come here at the same time come to the same
            self._wording = _Wording.of(self._statement, self._columns, dialect)
        return self._wording


@dataclass(frozen=True, slots=True)
class _Wording:
    """A statement as the driver takes it.

    Of each parameter by its place: its name, the value that it has by itself, and what its type makes of a value. Of
    the columns that come back: what makes a row of them, and what their types make of values, by place.
    """

    sql: str
    places: Sequence[tuple[str, Any, _Process | None]]
    row: Callable[[Sequence[Any]], Any]
    read: Sequence[tuple[int, _Process]]

    @staticmethod
    def of(statement: _Statement, columns: Sequence[str], dialect: Dialect) -> _Wording:
        compiled = statement.compile(dialect=dialect, column_keys=list(columns) or None)
        assert isinstance(compiled, SQLCompiler)
        assert not compiled.insert_prefetch, "defaults in Python are filled in by SQLAlchemy alone"
        places = [
            (name, compiled.binds[name].value, _impl(compiled.binds[name].type, dialect).bind_processor(dialect))
            for name in compiled.positiontup or ()
        ]
        given = list(statement.exported_columns)
        readers = [(i, _impl(column.type, dialect).result_processor(dialect, None)) for i, column in enumerate(given)]
        row = namedtuple("Row", [column.key for column in given], rename=True)
        return _Wording(compiled.string, places, row._make, [(i, read) for i, read in readers if read is not None])

    def rows(self, cursor: sqlite3.Cursor) -> Sequence[Any]:
        found = cursor.fetchall()
        return [self._row(values) for values in found] if found else ()

    def _row(self, values: Iterable[Any]) -> Any:
        made = list(values)
        for i, read in self.read:
            made[i] = read(made[i])
        return self.row(made)


def _run(connection: Connection, wording: _Wording, values: _Values) -> sqlite3.Cursor:
    """Have the driver run it, in the transaction that the connection is in."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    assert driver.in_transaction
    given = [
        value if process is None else process(value)
        for value, process in ((values.get(name, own), process) for name, own, process in wording.places)
    ]
    return driver.execute(wording.sql, given)


def _impl(type_: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    return type_.dialect_impl(dialect)
