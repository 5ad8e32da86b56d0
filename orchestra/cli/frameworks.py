"""`orchestra frameworks`: installs what frameworks need, and looks after it."""

import sys
from typing import Any

import click

from orchestra.cli.connection import connected
from orchestra.cli.installs import followed, show_end
from orchestra.cli.output import harmless, print_json, print_table
from orchestra.client.frameworks import Disk, Framework
from orchestra.domain.environments import size_text
from orchestra.errors import Invalid
from orchestra.settings import load_settings

_COLUMNS = {"id": "ID", "title": "TITLE", "state": "STATE", "python": "PYTHON", "size": "SIZE", "message": "MESSAGE"}


@click.group()
def frameworks() -> None:
    """List, install, repair, check and remove frameworks."""


@frameworks.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_frameworks(as_json: bool) -> None:
    """List all frameworks, with the state and the size of their environments."""
    with connected(load_settings()) as client:
        found = client.frameworks.overview()
    if as_json:
        print_json(found["frameworks"])
        return
    print_table(_COLUMNS, map(_row_of, found["frameworks"]), "There are no frameworks. Install a plugin.")
    _print_disk(found["disk"])


@frameworks.command("install")
@click.argument("framework")
def install_framework(framework: str) -> None:
    """Install what FRAMEWORK (its id) needs, and show how it goes on. Ctrl-C cancels it."""
    with connected(load_settings()) as client:
        show_end(followed(client, client.frameworks.install(framework)["id"]))


@frameworks.command("repair")
@click.argument("framework")
def repair_framework(framework: str) -> None:
    """Build the environment of FRAMEWORK (its id) anew."""
    with connected(load_settings()) as client:
        show_end(followed(client, client.frameworks.repair(framework)["id"]))


@frameworks.command("remove")
@click.argument("framework", required=False)
@click.option("--unused", is_flag=True, help="Remove every environment that no agent needs.")
def remove_framework(framework: str | None, unused: bool) -> None:
    """Remove the environment of FRAMEWORK (its id), or with --unused every one that no agent needs."""
    if (framework is None) is not unused:
        raise Invalid("Name a framework, or say --unused.")
    with connected(load_settings()) as client:
        answer = client.frameworks.remove_unused() if framework is None else client.frameworks.remove(framework)
        disk = client.frameworks.overview()["disk"]
    click.echo(answer["message"])
    _print_disk(disk)


@frameworks.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def examine(as_json: bool) -> None:
    """Check every environment: imports, versions, files. The exit code is 0 only if all is well."""
    with connected(load_settings()) as client:
        found = client.frameworks.doctor()
    if as_json:
        print_json(found)
    else:
        for one in found["environments"]:
            click.echo(f"{'ok    ' if one['healthy'] else 'broken'} {one['name']} ({size_text(one['sizeBytes'])})")
            for problem in one["problems"]:
                click.echo(f"       {harmless(problem)}")
        _print_disk(found["disk"])
    sys.exit(0 if found["healthy"] else 1)


def _row_of(framework: Framework) -> dict[str, Any]:
    expected = f"about {size_text(framework['expectedBytes'])}" if "expectedBytes" in framework else "-"
    size = size_text(framework["environment"]["sizeBytes"]) if "environment" in framework else expected
    return {**framework, "size": size if framework["needsEnvironment"] else "-"}


def _print_disk(disk: Disk) -> None:
    total, cache, free = (size_text(disk[name]) for name in ("totalBytes", "cacheBytes", "freeBytes"))
    click.echo(f"Environments and cache together: {total} (the cache alone: {cache}). Free on the disk: {free}.")
