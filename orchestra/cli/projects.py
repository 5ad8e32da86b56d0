"""`orchestra import`: shows what agents a project can be made into, and makes one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from orchestra.cli.agents import deploy
from orchestra.cli.connection import connected
from orchestra.cli.output import harmless, print_json
from orchestra.client import Client
from orchestra.client.frameworks import FoundAgent, Project
from orchestra.errors import Invalid
from orchestra.settings import load_settings


@click.command("import")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--agent", "wanted", help="Which of the agents found, by its name in the project.")
@click.option("--framework", help="The framework's id, if several know the project.")
@click.option("--name", help="What the new agent is to be called.")
@click.option("--dry-run", is_flag=True, help="Show what was found, and make nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON, and make nothing.")
def import_project(
    path: Path, wanted: str | None, framework: str | None, name: str | None, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Make an agent of the project at PATH, a folder or file. Nothing of it is run until the agent is."""
    with connected(load_settings()) as client:
        projects = client.frameworks.read_projects(str(path.resolve()))["projects"]
        if as_json:
            print_json(projects)
            return
        for project in projects:
            _show(project)
        if not dry_run:
            _make(client, *_chosen(projects, framework, wanted), name, yes)


def _show(project: Project) -> None:
    click.echo(f"{project['title']}: {project['source']}")
    for agent in project["agents"]:
        click.echo(harmless(f"  {agent['name']}: {agent['kind']}. {agent['description']}".rstrip()))
        if problem := agent.get("problem"):
            click.echo(harmless(f"    It would not run: {problem}"))
    for title, names in (("asks for", project["dependencies"]), ("sets", project["variables"])):
        if names:
            click.echo(harmless(f"  It {title} {', '.join(names)}."))
    for note in project["notes"]:
        click.echo(harmless(f"  {note}"))


def _chosen(projects: Sequence[Project], framework: str | None, wanted: str | None) -> tuple[Project, FoundAgent]:
    """The one agent that is meant; Invalid, naming those there are, if that is not clear."""
    found = [
        (project, agent)
        for project in projects
        if framework in {None, project["framework"]}
        for agent in project["agents"]
        if wanted in {None, agent["name"]}
    ]
    if len(found) == 1:
        return found[0]
    names = ", ".join(
        f"{agent['name']} ({project['framework']})" for project in projects for agent in project["agents"]
    )
    raise Invalid(f"Say by --agent (and --framework) which one is meant: {harmless(names) or 'none was found'}.")


def _make(client: Client, project: Project, found: FoundAgent, name: str | None, yes: bool) -> None:
    called, packages = name or found["name"], found["configuration"].get("packages")
    question = f"Make the agent '{harmless(called)}'? Its code runs with your rights whenever the agent does."
    if packages:
        question = f"These packages will be installed for it: {harmless(', '.join(map(str, packages)))}.\n{question}"
    if not yes and not click.confirm(question, err=True):
        raise Invalid("Nothing was made.")
    agent: Any = client.agents.create(
        called,
        project["framework"],
        configuration=found["configuration"],
        description=found["description"] or None,
    )
    click.echo(agent["id"])
    if packages:
        deploy(client, agent["id"])
