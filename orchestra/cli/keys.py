"""`orchestra keys`: works on the data folder itself, with or without a running server."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from orchestra.cli.output import print_json, print_table
from orchestra.domain.identity import Permission, Principal
from orchestra.settings import load_settings

if TYPE_CHECKING:
    from orchestra.services.keys import KeyService

_COLUMNS = {"id": "ID", "name": "NAME", "hint": "BEGINS WITH", "scopes": "SCOPES", "lastUsedAt": "LAST USED"}


@click.group()
def keys() -> None:
    """Make, list and revoke API keys."""


@keys.command("create")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(list(Permission)), help="What it may do; else all.")
@click.option("--expires-days", type=click.IntRange(1, 36500), help="After how many days it is worth nothing.")
def create_key(name: str, scopes: Sequence[str], expires_days: int | None) -> None:
    """Make a key called NAME and print it; it is shown only now."""
    expires = datetime.now(UTC) + timedelta(days=expires_days) if expires_days else None
    wanted = [Permission(scope) for scope in scopes] or None
    with _keys() as (keys, owner):
        secret, _ = keys.create(owner, name, scopes=wanted, expires_at=expires)
    click.echo(secret)


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_keys(as_json: bool) -> None:
    """List all keys; the keys themselves are not kept."""
    with _keys() as (keys, owner):
        found = [
            {
                "id": key.id,
                "name": key.name,
                "hint": key.hint,
                "createdAt": key.created_at.isoformat(),
                "scopes": sorted(key.scopes) if key.scopes is not None else ["all"],
                **({"expiresAt": key.expires_at.isoformat()} if key.expires_at else {}),
                **({"lastUsedAt": key.last_used_at.isoformat()} if key.last_used_at else {}),
            }
            for key in keys.list(owner)
        ]
    if as_json:
        print_json(found)
    else:
        print_table(_COLUMNS, found, "There are no keys yet. Make one with 'orchestra keys create NAME'.")


@keys.command("revoke")
@click.argument("key")
def revoke_key(key: str) -> None:
    """Revoke KEY (its id); it is worth nothing at once."""
    with _keys() as (keys, owner):
        keys.revoke(owner, key)


@contextmanager
def _keys() -> Iterator["tuple[KeyService, Principal]"]:
    from orchestra.app import open_keys

    with open_keys(load_settings()) as opened:
        yield opened
