"""Writes to the terminal: tables, JSON, and text that agents said, made harmless."""

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click

# Control characters could move the cursor, recolour or retitle the terminal, or turn text around (bidi overrides).
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")


def harmless(text: str) -> str:
    """The text without what a terminal would obey."""
    return _CONTROL.sub("\ufffd", _ANSI.sub("", text.replace("\r\n", "\n")))


def local_time(timestamp: str, shape: str = "%H:%M:%S") -> str:
    """An ISO time of the server in the user's time zone."""
    return datetime.fromisoformat(timestamp).astimezone().strftime(shape)


def parsed_priority(text: str) -> int | str:
    """A priority as the server takes it: a number, or the word as it is."""
    return int(text) if text.lstrip("-").isdecimal() else text


def print_json(value: Any) -> None:
    """JSON for a program, pure ASCII, so that no terminal obeys it."""
    click.echo(json.dumps(value, indent=2))


def print_table(columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]], empty: str) -> None:
    """Rows under titles, aligned; `columns` maps a row's field to its title."""
    table: list[Sequence[str]] = [list(columns.values())]
    table += [[harmless(str(row.get(name, "")))[:60].replace("\n", " ") for name in columns] for row in rows]
    if len(table) == 1:
        click.echo(empty)
        return
    widths = [max(len(row[i]) for row in table) for i in range(len(columns))]
    for row in table:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def answer_of(output: Mapping[str, Any] | None) -> str | None:
    """What a person wants to read of an execution's output: its answer, or all of it as JSON."""
    if output is None:
        return None
    answer = output.get("answer")
    if isinstance(answer, str):
        return harmless(answer)
    return json.dumps(output, indent=2)


class ProgressLine:
    """One line at the bottom of a terminal that is written anew; nothing at all where no terminal is."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def show(self, text: str) -> None:
        if self._shown:
            click.echo(f"\r\x1b[2K{harmless(text)[:100]}", err=True, nl=False)

    def clear(self) -> None:
        if self._shown:
            click.echo("\r\x1b[2K", err=True, nl=False)
