"""`orchestra queue`."""

import click

from orchestra.cli.connection import connected
from orchestra.cli.output import harmless, local_time, print_json
from orchestra.client.queue import QueueState
from orchestra.settings import load_settings


@click.group()
def queue() -> None:
    """Show, pause and resume the queue."""


@queue.command("show")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_queue(as_json: bool) -> None:
    """Tell how the queue stands."""
    with connected(load_settings()) as client:
        state = client.queue.get()
    if as_json:
        print_json(state)
    else:
        click.echo(_sentence(state))


@queue.command("pause")
def pause_queue() -> None:
    """Start nothing from now on; what runs goes on."""
    with connected(load_settings()) as client:
        click.echo(_sentence(client.queue.pause()))


@queue.command("resume")
def resume_queue() -> None:
    """Start again what waits."""
    with connected(load_settings()) as client:
        click.echo(_sentence(client.queue.resume()))


def _sentence(state: QueueState) -> str:
    counts = f"{state['running']} running of {state['slots']} at once, {state['waiting']} waiting"
    if state["retrying"]:
        counts += f", {state['retrying']} to be tried again"
    if "pausedAt" not in state or "pausedBy" not in state:
        return counts + "."
    since = local_time(state["pausedAt"], "%Y-%m-%d %H:%M:%S")
    return f"Paused by {harmless(state['pausedBy'])} since {since}. {counts}."
