"""`orchestra schedules`."""

import json
from typing import Any

import click

from orchestra.cli.agents import find_agent
from orchestra.cli.connection import connected
from orchestra.cli.output import local_time, parsed_priority, print_json, print_table
from orchestra.client.schedules import Schedule
from orchestra.errors import Invalid
from orchestra.settings import load_settings

_COLUMNS = {"id": "ID", "name": "NAME", "agent": "AGENT", "when": "WHEN", "next": "NEXT", "last": "LAST"}
_TICKS = 20
_TIME = "%Y-%m-%d %H:%M:%S"


@click.group()
def schedules() -> None:
    """List, make, pause and delete schedules."""


@schedules.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_schedules(as_json: bool) -> None:
    """List all schedules."""
    with connected(load_settings()) as client:
        found = list(client.schedules.list())
    if as_json:
        print_json(found)
    else:
        empty = "There are no schedules yet. Make one with 'orchestra schedules create NAME --agent AGENT --cron …'."
        print_table(_COLUMNS, map(_row_of, found), empty)


@schedules.command("create")
@click.argument("name")
@click.option("--agent", required=True, help="The agent's id or name.")
@click.option("--cron", help="Five fields such as '30 9 * * 1-5', or a word such as @daily.")
@click.option("--every", "interval", type=float, metavar="SECONDS", help="Every so many seconds.")
@click.option("--at", help="Once, at this moment, such as 2027-01-31T09:00.")
@click.option("--timezone", default="UTC", show_default=True, help="An IANA time zone, such as Europe/Berlin.")
@click.option("--overlap", type=click.Choice(["skip", "queue", "cancel_running"]), help="If the one before still runs.")
@click.option("--missed", type=click.Choice(["skip", "run_once", "run_all"]), help="For ticks without a server.")
@click.option("--priority", help="low, normal, high, or a number from -100 to 100.")
@click.option("--input", "text", help="The input of each run, as JSON.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole schedule as JSON instead of its id.")
def create_schedule(
    name: str, agent: str, interval: float | None, text: str | None, as_json: bool, **more: Any
) -> None:
    """Make a schedule called NAME and print its id."""
    given = _parsed(text)
    if more["priority"] is not None:
        more["priority"] = parsed_priority(more["priority"])
    with connected(load_settings()) as client:
        agent_id = find_agent(client, agent)["id"]
        made = client.schedules.create(agent_id, name, interval_seconds=interval, input=given, **more)
    if as_json:
        print_json(made)
    else:
        click.echo(made["id"])


@schedules.command("show")
@click.argument("schedule")
def show_schedule(schedule: str) -> None:
    """Show SCHEDULE (its id), its next ticks and what became of the latest, as JSON."""
    with connected(load_settings()) as client:
        shown = client.schedules.get(schedule)
        preview = client.schedules.preview(schedule)["ticks"]
        ticks = list(client.schedules.ticks(schedule, limit=_TICKS))
    print_json({**shown, "preview": preview, "ticks": ticks})


@schedules.command("pause")
@click.argument("schedule")
def pause_schedule(schedule: str) -> None:
    """Keep SCHEDULE (its id) from firing."""
    with connected(load_settings()) as client:
        client.schedules.pause(schedule)


@schedules.command("resume")
@click.argument("schedule")
def resume_schedule(schedule: str) -> None:
    """Let SCHEDULE (its id) fire again, from now on."""
    with connected(load_settings()) as client:
        client.schedules.resume(schedule)


@schedules.command("run")
@click.argument("schedule")
def run_schedule(schedule: str) -> None:
    """Start what SCHEDULE (its id) starts, now, and print the execution's id."""
    with connected(load_settings()) as client:
        click.echo(client.schedules.run(schedule)["executionId"])


@schedules.command("delete")
@click.argument("schedule")
def delete_schedule(schedule: str) -> None:
    """Delete SCHEDULE (its id); executions that it has started stay."""
    with connected(load_settings()) as client:
        client.schedules.delete(schedule)


def _parsed(text: str | None) -> dict[str, Any] | None:
    try:
        parsed = None if text is None else json.loads(text)
    except ValueError as error:
        raise Invalid(f"The input is no JSON: {error}.") from error
    if not isinstance(parsed, dict | None):
        raise Invalid("The input must be a JSON object.")
    return parsed


def _row_of(schedule: Schedule) -> dict[str, Any]:
    when = schedule.get("cron") or schedule.get("at") or f"every {schedule.get('intervalSeconds'):g} s"
    due = schedule.get("nextDueAt")
    return {
        **schedule,
        "agent": schedule["agent"]["name"],
        "when": when,
        "next": "paused" if schedule["isPaused"] else local_time(due, _TIME) if due else "-",
        "last": schedule["lastTick"]["outcome"] if "lastTick" in schedule else "-",
    }
