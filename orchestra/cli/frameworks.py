"""`orchestra frameworks`: installs what frameworks need, and looks after it."""

import sys
from typing import Any

import click

from orchestra.cli.connection import connected
from orchestra.cli.output import ProgressLine, harmless, print_json, print_table
from orchestra.client import Client
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
        _show_end(_followed(client, client.frameworks.install(framework)))


@frameworks.command("repair")
@click.argument("framework")
def repair_framework(framework: str) -> None:
    """Build the environment of FRAMEWORK (its id) anew."""
    with connected(load_settings()) as client:
        _show_end(_followed(client, client.frameworks.repair(framework)))


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


def _followed(client: Client, begun: Framework) -> Framework:
    """What the install that has begun leads to; Ctrl-C cancels it, and follows to that end."""
    try:
        return _follow(client, begun["id"])
    except KeyboardInterrupt:
        click.echo("\nCancelling.", err=True)
        client.frameworks.cancel(begun["id"])
        return _follow(client, begun["id"])


def _follow(client: Client, framework: str) -> Framework:
    """The framework once nothing is built any more; meanwhile, a line says what is done."""
    line, phase = ProgressLine(), None
    for shown in client.frameworks.follow(framework):
        if "progress" not in shown:
            line.clear()
            return shown
        line.show(shown["message"])
        if not sys.stderr.isatty() and shown["progress"]["phase"] != phase:
            phase = shown["progress"]["phase"]
            click.echo(harmless(shown["message"]), err=True)
    raise AssertionError("a stream of an install ends with what it led to")


def _show_end(shown: Framework) -> None:
    size = f" It takes {size_text(shown['environment']['sizeBytes'])}." if "environment" in shown else ""
    click.echo(harmless(f"{_sentence_of(shown)}{size}"))
    sys.exit(0 if shown["state"] == "ready" else 1)


def _sentence_of(framework: Framework) -> str:
    """How it is, with its name in front, unless the sentence names it by itself."""
    title, message = framework["title"], framework["message"]
    return message if message.startswith(title) else f"{title}: {message}"


def _row_of(framework: Framework) -> dict[str, Any]:
    expected = f"about {size_text(framework['expectedBytes'])}" if "expectedBytes" in framework else "-"
    size = size_text(framework["environment"]["sizeBytes"]) if "environment" in framework else expected
    return {**framework, "size": size if framework["needsEnvironment"] else "-"}


def _print_disk(disk: Disk) -> None:
    total, cache, free = (size_text(disk[name]) for name in ("totalBytes", "cacheBytes", "freeBytes"))
    click.echo(f"Environments and cache together: {total} (the cache alone: {cache}). Free on the disk: {free}.")
