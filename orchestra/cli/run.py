"""`orchestra run` and `orchestra logs`."""

import sys

import click

from orchestra.cli.agents import find_agent
from orchestra.cli.connection import connected
from orchestra.cli.follow import Follower, run_and_follow
from orchestra.cli.output import answer_of, harmless, local_time, parsed_priority, print_json
from orchestra.settings import load_settings


def _to_stderr(line: str) -> None:
    click.echo(line, err=True)


@click.command()
@click.argument("agent")
@click.option("--task", help="What the agent is to do, in place of what it is configured for.")
@click.option("--priority", help="low, normal, high, or a number from -100 to 100.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole execution as JSON instead of its answer.")
def run(agent: str, task: str | None, priority: str | None, as_json: bool) -> None:
    """Run AGENT (its id or name), follow its log on stderr, print its answer on stdout.

    The exit code is 0 only if it completed. Starts a private server if none runs.
    """
    with connected(load_settings()) as client:
        given = {"task": task} if task else {}
        wanted = None if priority is None else parsed_priority(priority)
        execution = run_and_follow(client, find_agent(client, agent)["id"], given, _to_stderr, wanted)
    if as_json:
        print_json(execution)
    elif (answer := answer_of(execution.get("output"))) is not None:
        click.echo(answer)
    sys.exit(0 if execution["status"] == "COMPLETED" else 1)


@click.command()
@click.argument("execution")
@click.option("-f", "--follow", is_flag=True, help="Go on until the execution ends.")
@click.option("--json", "as_json", is_flag=True, help="Print the log lines as JSON.")
def logs(execution: str, follow: bool, as_json: bool) -> None:
    """Print the log of EXECUTION (its id)."""
    with connected(load_settings()) as client:
        if follow:
            Follower(click.echo).follow(client, execution)
            return
        lines = client.executions.logs(execution)
        if as_json:
            print_json(list(lines))
            return
        for line in lines:
            click.echo(f"{local_time(line['timestamp'])} {line['level']:5} {harmless(line['message'])}")
