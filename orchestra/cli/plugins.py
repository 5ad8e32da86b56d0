"""`orchestra plugins`: looks at this installation itself, with or without a running server."""

import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from orchestra import presence
from orchestra.cli.output import harmless, print_json, print_table
from orchestra.domain.plugins import PackageChange, PluginRecord
from orchestra.errors import Conflict, NotFound, OrchestraError
from orchestra.settings import load_settings

_COLUMNS = {
    "name": "NAME",
    "state": "STATE",
    "version": "VERSION",
    "loadMs": "MS",
    "frameworks": "FRAMEWORKS",
}


@click.group()
def plugins() -> None:
    """List, install, remove, check and write plugins."""


@plugins.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_plugins(as_json: bool) -> None:
    """List all plugins that are installed, the broken ones with their errors."""
    found = [_shown(record) for record in _loaded()]
    if as_json:
        print_json(found)
        return
    rows = [{**shown, "frameworks": ", ".join(shown["frameworks"])} for shown in found]
    print_table(_COLUMNS, rows, "There are no plugins.")
    for shown in found:
        if "error" in shown:
            click.echo(harmless(f"{shown['name']}: {shown['error']}"))


@plugins.command("install")
@click.argument("package")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--upgrade", is_flag=True, help="Take the newest version, if an older one is there.")
@click.option("--dry-run", is_flag=True, help="Only show what would be installed.")
def install_plugin(package: str, yes: bool, upgrade: bool, dry_run: bool) -> None:
    """Install PACKAGE, a name in the package index or a wheel, archive or project on this machine.

    It goes into the environment of AgentOrchestra, whose own packages keep their versions.
    """
    from orchestra.installer import installer
    from orchestra.installer.asked import package_or_file_asked
    from orchestra.services.plugins import said_of_install

    asked = package_or_file_asked(package)
    changes = installer.plan(asked, upgrade=upgrade)
    _print_changes(changes)
    if dry_run:
        return
    if changes:
        if not yes:
            click.confirm("A plugin's code runs with your rights. Install?", abort=True)
        installer.install(asked, changes, _say)
    ended = said_of_install(asked, changes, _loaded())
    click.echo(harmless(ended.message))
    if changes:
        _tell_server()
    sys.exit(1 if ended.failed else 0)


@plugins.command("uninstall")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def uninstall_plugin(name: str, yes: bool) -> None:
    """Remove the package of the plugin NAME. What else came with it stays."""
    from orchestra.installer import installer
    from orchestra.services.plugins import removable

    record = _find(name)
    distribution = removable(record)
    if not yes:
        click.confirm(f"Remove {distribution} {record.version}? Its agents stay, and cannot run.", abort=True)
    installer.uninstall(distribution, _say)
    click.echo(f"{distribution} was removed.")
    _tell_server()


@plugins.command("new")
@click.argument("name")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=".", help="Where to put it.")
def new_plugin(name: str, folder: Path) -> None:
    """Write a complete small plugin, with tests that pass, for a framework with the id NAME."""
    from orchestra.scaffold.scaffold import write_plugin

    if any(name in record.frameworks for record in _loaded()):
        raise Conflict(f"There is a framework '{name}' already. Choose another name.")
    target = write_plugin(name, folder.resolve())
    click.echo(f"{target}\nIts README says how to install it, test it and go on.")


@plugins.command("check")
@click.argument("name")
@click.option("--timeout", type=click.FloatRange(1, 3600), default=120, help="How many seconds one trial may take.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check_plugin(name: str, timeout: float, as_json: bool) -> None:
    """Try whether the plugin NAME keeps the contract: build its environment, run its samples, stop and refuse them.

    The exit code is 0 only if nothing is wrong. Its code runs with your rights, and its environment is built.
    """
    from orchestra.testing.conformance import examine

    settings = load_settings()
    found = []
    for finding in examine(name, settings.data_dir, timeout):
        found.append(finding)
        if not as_json:
            word = "wrong  " if finding.problem else "skipped" if finding.note else "ok     "
            click.echo(harmless(f"{word} {finding.subject}: {finding.check}"))
            if said := finding.problem or finding.note:
                click.echo(harmless(f"          {said}"))
    if as_json:
        print_json([{name: value for name, value in asdict(one).items() if value is not None} for one in found])
    sys.exit(1 if any(one.problem for one in found) else 0)


def _loaded() -> Sequence[PluginRecord]:
    import importlib

    from orchestra.registry import Registry

    importlib.invalidate_caches()
    logging.getLogger("orchestra.registry").setLevel(logging.ERROR)  # the table says what the log would
    registry = Registry()
    registry.load()
    return registry.plugins


def _find(name: str) -> PluginRecord:
    record = next((one for one in _loaded() if name in {one.name, one.distribution}), None)
    if record is None:
        raise NotFound("plugin", name)
    return record


def _print_changes(changes: Sequence[PackageChange]) -> None:
    rows = [{"name": one.name, "before": one.before or "-", "after": one.after or "-"} for one in changes]
    columns = {"name": "PACKAGE", "before": "NOW", "after": "THEN"}
    print_table(columns, rows, "Nothing needs to be installed.")


def _say(line: str) -> None:
    click.echo(harmless(line), err=True)


def _tell_server() -> None:
    """Have a running server look again; it would otherwise see the change at its next start."""
    found = presence.find(load_settings().data_dir)
    if found is None:
        return
    from orchestra.client import Client

    try:
        with Client(found.url, found.key) as client:
            client.call("POST", "/api/plugins/refresh")
        click.echo("The running server has looked at its plugins again.")
    except OrchestraError as error:
        click.echo(f"The running server sees it at its next start ({harmless(error.message)})", err=True)


def _shown(record: PluginRecord) -> dict[str, Any]:
    shown = {
        "name": record.name,
        "state": record.state.value,
        "module": record.module,
        "distribution": record.distribution,
        "version": record.version,
        "loadMs": record.load_ms,
        "builtIn": record.is_built_in,
        "frameworks": list(record.frameworks),
        "error": record.error,
    }
    return {name: value for name, value in shown.items() if value is not None}
