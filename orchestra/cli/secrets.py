"""`orchestra secrets`."""

import click

from orchestra.cli.connection import connected
from orchestra.settings import load_settings


@click.group()
def secrets() -> None:
    """Change the key under which stored secrets lie."""


@secrets.command("rotate")
def rotate_secrets() -> None:
    """Encrypt every stored secret with a new key."""
    with connected(load_settings()) as client:
        click.echo(client.rotate_secrets()["message"])


@secrets.command("new-key")
def print_new_key() -> None:
    """Print a new key for ORCHESTRA_MASTER_KEY; nothing is changed."""
    from orchestra.master_keys import new_key

    click.echo(new_key().decode())
