"""`orchestra agents`."""

import json
from collections.abc import Sequence
from typing import Any, TextIO

import click

from orchestra.cli.connection import connected
from orchestra.cli.installs import followed, show_end
from orchestra.cli.output import print_json, print_table
from orchestra.client import Client
from orchestra.client.agents import Agent
from orchestra.errors import Invalid, NotFound
from orchestra.settings import load_settings

_COLUMNS = {"id": "ID", "name": "NAME", "framework": "FRAMEWORK", "status": "STATUS", "totalExecutions": "RUNS"}


@click.group()
def agents() -> None:
    """List, show, create and deploy agents."""


@agents.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_agents(as_json: bool) -> None:
    """List all agents."""
    with connected(load_settings()) as client:
        found = list(client.agents.list())
    if as_json:
        print_json(found)
    else:
        print_table(_COLUMNS, found, "There are no agents yet. Make one with 'orchestra agents create'.")


@agents.command("show")
@click.argument("agent")
def show_agent(agent: str) -> None:
    """Show AGENT (its id or name) as JSON."""
    with connected(load_settings()) as client:
        print_json(client.agents.get(find_agent(client, agent)["id"]))


@agents.command("create")
@click.argument("name")
@click.option("--framework", required=True, help="The framework's id, such as miniagi.")
@click.option("--description", help="What the agent is for.")
@click.option("--tag", "tags", multiple=True, help="A tag; may be given several times.")
@click.option("--config", type=click.File(encoding="utf-8"), help="A JSON file with the configuration; - for stdin.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="One configuration value (JSON or text).")
@click.option("--json", "as_json", is_flag=True, help="Print the whole agent as JSON instead of its id.")
def create_agent(
    name: str,
    framework: str,
    description: str | None,
    tags: Sequence[str],
    config: TextIO | None,
    settings: Sequence[str],
    as_json: bool,
) -> None:
    """Create an agent called NAME and print its id."""
    configuration = configuration_of(config, settings)
    with connected(load_settings()) as client:
        agent = client.agents.create(
            name, framework, configuration=configuration, description=description or None, tags=tags or None
        )
    if as_json:
        print_json(agent)
    else:
        click.echo(agent["id"])


@agents.command("deploy")
@click.argument("agent")
def deploy_agent(agent: str) -> None:
    """Install what AGENT (its id or name) needs, with its packages, and show how it goes on. Ctrl-C cancels it."""
    with connected(load_settings()) as client:
        deploy(client, find_agent(client, agent)["id"])


def deploy(client: Client, agent_id: str) -> None:
    """Have what an agent needs installed and follow that; the exit code is 0 only if it is ready."""
    show_end(followed(client, client.agents.deploy(agent_id)["needs"]))


def configuration_of(file: TextIO | None, settings: Sequence[str]) -> dict[str, Any]:
    """The configuration in a JSON file, with single values put over it; a value that is no JSON is text."""
    configuration: Any = {}
    if file is not None:
        try:
            configuration = json.load(file)
        except ValueError as error:
            raise Invalid(f"The configuration is no JSON: {error}.") from error
        if not isinstance(configuration, dict):
            raise Invalid("The configuration must be a JSON object.")
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not (key and equals):
            raise Invalid(f"'{setting}' is not KEY=VALUE.")
        try:
            configuration[key] = json.loads(value)
        except ValueError:
            configuration[key] = value
    return configuration


def find_agent(client: Client, wanted: str) -> Agent:
    """The agent of that id, or the only one of that name."""
    found = [agent for agent in client.agents.list() if wanted in (agent["id"], agent["name"])]
    if not found:
        raise NotFound("agent", wanted)
    if len(found) > 1:
        identifiers = ", ".join(agent["id"] for agent in found)
        raise Invalid(f"{len(found)} agents are called '{wanted}'. Give one of their ids: {identifiers}.")
    return found[0]
