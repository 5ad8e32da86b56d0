"""`orchestra plugins`: looks at this installation itself, with or without a running server."""

import logging
from typing import Any

import click

from orchestra.cli.output import print_json, print_table
from orchestra.domain.plugins import PluginRecord

_COLUMNS = {"name": "NAME", "state": "STATE", "version": "VERSION", "frameworks": "FRAMEWORKS", "error": "ERROR"}


@click.group()
def plugins() -> None:
    """List plugins, the broken ones with their errors."""


@plugins.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_plugins(as_json: bool) -> None:
    """List all plugins that are installed."""
    from orchestra.registry import Registry

    logging.getLogger("orchestra.registry").setLevel(logging.ERROR)  # the table says what the log would
    registry = Registry()
    registry.load()
    found = [_shown(record) for record in registry.plugins]
    if as_json:
        print_json(found)
    else:
        rows = [{**shown, "frameworks": ", ".join(shown["frameworks"])} for shown in found]
        print_table(_COLUMNS, rows, "There are no plugins.")


def _shown(record: PluginRecord) -> dict[str, Any]:
    shown = {
        "name": record.name,
        "state": record.state.value,
        "module": record.module,
        "distribution": record.distribution,
        "version": record.version,
        "frameworks": list(record.frameworks),
        "error": record.error,
    }
    return {name: value for name, value in shown.items() if value is not None}
