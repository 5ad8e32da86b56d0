"""`orchestra providers`."""

import sys
from collections.abc import Mapping
from typing import Any

import click

from orchestra.cli.connection import connected
from orchestra.cli.output import harmless, print_json, print_table
from orchestra.client.fields import ABSENT
from orchestra.domain.model_calls import WireFormat
from orchestra.domain.providers import KINDS, ProviderKind
from orchestra.settings import load_settings

_COLUMNS = {"name": "NAME", "kind": "KIND", "baseUrl": "ADDRESS", "key": "KEY", "models": "MODELS", "state": "STATE"}
_KINDS = {"kind": "KIND", "title": "WHAT IT IS", "baseUrl": "USUALLY AT"}


@click.group()
def providers() -> None:
    """List, add, test, change and remove providers of models."""


@providers.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_providers(as_json: bool) -> None:
    """List all providers; their keys are not shown."""
    with connected(load_settings()) as client:
        found = client.providers.overview()
    if as_json:
        print_json(found)
        return
    empty = "There are no providers yet. Add one with 'orchestra providers add NAME KIND'."
    print_table(_COLUMNS, [_row_of(one) for one in found["providers"]], empty)
    if found["zeroEgress"]:
        click.echo("Zero egress: only models on the server's machine are asked.")


@providers.command("kinds")
def list_kinds() -> None:
    """List the kinds of providers that there can be."""
    rows = [{"kind": kind, "title": facts.title, "baseUrl": facts.base_url or "-"} for kind, facts in KINDS.items()]
    print_table(_KINDS, rows, "")


def _of_both(command: Any) -> Any:
    """The options of `add` and `set`. Keys are never an argument: other people can read those."""
    options = [
        click.option("--url", "base_url", help="Its address, up to /chat/completions."),
        click.option("--key", "asks_key", is_flag=True, help="Ask for the key; from a pipe, read it."),
        click.option(
            "--format",
            "formats",
            multiple=True,
            type=click.Choice([one.value for one in WireFormat]),
            help="What it speaks.",
        ),
        click.option("--api-version", help="Azure's."),
        click.option("--timeout", "timeout_seconds", type=float, help="How long nothing at all may come, in seconds."),
        click.option("--retries", type=int, help="Further attempts after 429 and 5xx."),
        click.option("--context", "context_tokens", type=int, help="The context that Ollama is asked for, in tokens."),
        click.option("--model", "models", multiple=True, help="A model that it has, if it does not list them."),
        click.option("--test-model", help="Which model to test it with."),
        click.option("--no-test", is_flag=True, help="Keep it without a test."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@providers.command("add")
@click.argument("name")
@click.argument("kind", type=click.Choice([one.value for one in ProviderKind]))
@_of_both
@click.option("--json", "as_json", is_flag=True, help="Print the provider as JSON.")
def add_provider(name: str, kind: Any, asks_key: bool, no_test: bool, as_json: bool, **more: Any) -> None:
    """Add the provider NAME of KIND, once it answers one cheap call."""
    key = _asked_key(name) if asks_key or KINDS[ProviderKind(kind)].needs_key else None
    with connected(load_settings()) as client:
        made = client.providers.create(name, kind, api_key=key, test=not no_test, **_given(more))
    if as_json:
        print_json(made)
    else:
        click.echo(harmless(f"{made['name']} was added, with {made['models']} models."))


@providers.command("set")
@click.argument("name")
@_of_both
@click.option("--rename", help="Another name.")
@click.option("--on/--off", "is_active", default=None, help="Whether it may be asked.")
def set_provider(
    name: str, asks_key: bool, no_test: bool, rename: str | None, is_active: bool | None, **more: Any
) -> None:
    """Change the provider NAME; what decides how it is asked is tested first."""
    key = _asked_key(name) if asks_key else ABSENT
    with connected(load_settings()) as client:
        client.providers.update(name, name=rename, api_key=key, is_active=is_active, test=not no_test, **_given(more))


@providers.command("test")
@click.argument("name")
@click.option("--model", help="Which model to ask.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def test_provider(name: str, model: str | None, as_json: bool) -> None:
    """Make one cheap call to the provider NAME; the exit code is 0 only if it answers."""
    with connected(load_settings()) as client:
        tested = client.providers.test(name, model=model)
    if as_json:
        print_json(tested)
    else:
        click.echo(harmless(tested["message"]))
    sys.exit(0 if tested["ok"] else 1)


@providers.command("models")
@click.argument("name")
@click.option("--refresh", is_flag=True, help="Ask the provider anew.")
def list_models_of(name: str, refresh: bool) -> None:
    """Print the models of the provider NAME, one a line."""
    with connected(load_settings()) as client:
        known = client.providers.refresh_models(name) if refresh else client.providers.models(name)
    for model in known["models"]:
        click.echo(harmless(model))


@providers.command("remove")
@click.argument("name")
def remove_provider(name: str) -> None:
    """Remove the provider NAME, with its key."""
    with connected(load_settings()) as client:
        client.providers.delete(name)


def _asked_key(name: str) -> str:
    if sys.stdin.isatty():
        return click.prompt(f"Key of {name}", hide_input=True)
    if key := sys.stdin.readline().strip():
        return key
    raise click.UsageError("No key came through the pipe. Pipe it in, or call this in a terminal, which asks for it.")


def _given(more: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in more.items()
        if value is not None and value != ()
    }


def _row_of(provider: Mapping[str, Any]) -> dict[str, Any]:
    state = "on" if provider["isActive"] else "off"
    return {**provider, "key": provider.get("keyHint", "-"), "state": "refused" if "refusal" in provider else state}
