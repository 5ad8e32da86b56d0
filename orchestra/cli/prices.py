"""`orchestra prices`."""

from typing import Any

import click

from orchestra.cli.connection import connected
from orchestra.cli.output import harmless, print_json, print_table
from orchestra.settings import load_settings

_COLUMNS = {"id": "ID", "model": "MODEL", "provider": "PROVIDER", "input": "INPUT", "output": "OUTPUT"}


@click.group()
def prices() -> None:
    """List, set, look up and delete prices of models, in US dollars per million tokens."""


@prices.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_prices(as_json: bool) -> None:
    """List the prices that were set here."""
    with connected(load_settings()) as client:
        found = list(client.prices.list())
    if as_json:
        print_json(found)
    else:
        empty = "No prices were set here: those of the table hold. See 'orchestra prices show MODEL'."
        print_table(_COLUMNS, found, empty)


@prices.command("show")
@click.argument("model")
@click.option("--provider", help="The provider's id, name or kind, such as openai.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_price(model: str, provider: str | None, as_json: bool) -> None:
    """Show what calls of MODEL are charged by, and where that is from."""
    with connected(load_settings()) as client:
        found = client.prices.look_up(model, provider=provider)
    if as_json:
        print_json(found)
    elif "price" not in found:
        click.echo("Its price is not known. Set it with 'orchestra prices set MODEL --input … --output …'.")
    else:
        rates = ", ".join(f"{name} ${rate:g}" for name, rate in found["price"].items())
        source = f"{found.get('source', '')} {found.get('asOf', '')}".strip()
        click.echo(harmless(f"{rates} per million tokens ({source})"))


@prices.command("set")
@click.argument("model")
@click.option("--input", "into", required=True, type=float, help="US dollars per million tokens of prompts.")
@click.option("--output", required=True, type=float, help="US dollars per million tokens of replies.")
@click.option("--cached", type=float, help="The same for prompts that the provider had in its cache.")
@click.option("--cache-written", type=float, help="The same for what it writes into its cache.")
@click.option("--provider", help="For this provider only: its id, name or kind.")
@click.option("--note", help="Where the price is from.")
def set_price(model: str, into: float, output: float, **more: Any) -> None:
    """Set the price of MODEL and print its id."""
    with connected(load_settings()) as client:
        click.echo(client.prices.set(model, into, output, **more)["id"])


@prices.command("delete")
@click.argument("price")
def delete_price(price: str) -> None:
    """Take PRICE (its id) away."""
    with connected(load_settings()) as client:
        click.echo(client.prices.delete(price)["message"])
