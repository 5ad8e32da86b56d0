"""`orchestra models`."""

import click

from orchestra.cli.connection import connected
from orchestra.cli.output import print_json, print_table
from orchestra.errors import Invalid
from orchestra.settings import load_settings

_COLUMNS = {"name": "NAME", "kind": "KIND", "providers": "ANSWERED BY"}


@click.group()
def models() -> None:
    """List what agents can ask for as a model, and name aliases."""


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_models(as_json: bool) -> None:
    """List every name that agents can ask for as a model."""
    with connected(load_settings()) as client:
        found = list(client.models.list())
    if as_json:
        print_json(found)
    else:
        print_table(_COLUMNS, [{**one, "providers": ", ".join(one["providers"])} for one in found], "")


@models.command("alias")
@click.argument("name")
@click.argument("models", nargs=-1, required=True, metavar="PROVIDER/MODEL...")
def set_alias(name: str, models: tuple[str, ...]) -> None:
    """Have NAME stand for the first of these models, and for the others while that does not answer."""
    routes = [_route_of(text) for text in models]
    with connected(load_settings()) as client:
        client.models.set_alias(name, routes)


@models.command("unalias")
@click.argument("name")
def delete_alias(name: str) -> None:
    """Delete the alias NAME."""
    with connected(load_settings()) as client:
        client.models.delete_alias(name)


def _route_of(text: str) -> dict[str, str]:
    provider, slash, model = text.partition("/")
    if not slash or not model:
        raise Invalid(f"'{text}' is no model of a provider. Write PROVIDER/MODEL, such as openai/gpt-4.1-mini.")
    return {"provider": provider, "model": model}
