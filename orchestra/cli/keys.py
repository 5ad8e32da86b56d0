"""`orchestra keys`: works on the data folder itself, with or without a running server."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from orchestra.cli.output import print_json, print_table
from orchestra.domain.identity import Principal
from orchestra.services.identity import IdentityService
from orchestra.settings import load_settings

_COLUMNS = {"id": "ID", "name": "NAME", "hint": "BEGINS WITH", "createdAt": "MADE", "lastUsedAt": "LAST USED"}


@click.group()
def keys() -> None:
    """Make, list and revoke API keys."""


@keys.command("create")
@click.argument("name")
def create_key(name: str) -> None:
    """Make a key called NAME and print it; it is shown only now."""
    with _identity() as (identity, owner):
        secret, _ = identity.create_key(owner, name)
    click.echo(secret)


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_keys(as_json: bool) -> None:
    """List all keys; the keys themselves are not kept."""
    with _identity() as (identity, owner):
        found = [
            {
                "id": key.id,
                "name": key.name,
                "hint": key.hint,
                "createdAt": key.created_at.isoformat(),
                **({"lastUsedAt": key.last_used_at.isoformat()} if key.last_used_at else {}),
            }
            for key in identity.keys(owner)
        ]
    if as_json:
        print_json(found)
    else:
        print_table(_COLUMNS, found, "There are no keys yet. Make one with 'orchestra keys create NAME'.")


@keys.command("revoke")
@click.argument("key")
def revoke_key(key: str) -> None:
    """Revoke KEY (its id); it is worth nothing at once."""
    with _identity() as (identity, owner):
        identity.revoke_key(owner, key)


@contextmanager
def _identity() -> Iterator[tuple[IdentityService, Principal]]:
    from orchestra.app import open_identity

    with open_identity(load_settings()) as identity:
        owner, _ = identity.local_owner()
        yield identity, owner
