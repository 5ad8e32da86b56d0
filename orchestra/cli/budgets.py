"""`orchestra budgets`."""

from typing import Any

import click

from orchestra.cli.agents import find_agent
from orchestra.cli.connection import connected
from orchestra.cli.output import print_json, print_table
from orchestra.client.budgets import Budget
from orchestra.errors import Invalid
from orchestra.settings import load_settings

_COLUMNS = {
    "id": "ID",
    "name": "NAME",
    "of": "OF",
    "period": "PERIOD",
    "most": "AT MOST",
    "spent": "SPENT",
    "used": "USED",
}


@click.group()
def budgets() -> None:
    """List, set and delete budgets for model calls."""


@budgets.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_budgets(as_json: bool) -> None:
    """List all budgets, and what was spent of each."""
    with connected(load_settings()) as client:
        found = list(client.budgets.list())
    if as_json:
        print_json(found)
    else:
        empty = "There are no budgets yet. Set one with 'orchestra budgets set --period month --cost 20'."
        print_table(_COLUMNS, map(_row_of, found), empty)


@budgets.command("set")
@click.option("--period", required=True, type=click.Choice(["day", "month", "total"]), help="What it is for, by UTC.")
@click.option("--agent", help="For this agent only (id or name).")
@click.option("--schedule", help="For this schedule only (its id).")
@click.option("--key", help="For runs that were started with this API key only (its id).")
@click.option("--cost", "max_cost", type=float, help="At most so many US dollars.")
@click.option("--tokens", "max_tokens", type=int, help="At most so many tokens.")
@click.option("--calls", "max_calls", type=int, help="At most so many model calls.")
@click.option("--warn", "warn_percent", type=float, help="Warn once so many percent are used; 80 if left out.")
@click.option("--name", help="What to call it.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole budget as JSON instead of its id.")
def set_budget(
    agent: str | None, schedule: str | None, key: str | None, as_json: bool, period: Any, **more: Any
) -> None:
    """Set a budget, for everybody unless an agent, a schedule or a key is named, and print its id."""
    if sum(subject is not None for subject in (agent, schedule, key)) > 1:
        raise Invalid("Name an agent, a schedule or a key, and not several.")
    with connected(load_settings()) as client:
        scope: Any = "agent" if agent else "schedule" if schedule else "key" if key else "all"
        subject = find_agent(client, agent)["id"] if agent else schedule or key
        made = client.budgets.create(period, scope=scope, subject_id=subject, **more)
    if as_json:
        print_json(made)
    else:
        click.echo(made["id"])


@budgets.command("delete")
@click.argument("budget")
def delete_budget(budget: str) -> None:
    """Delete BUDGET (its id)."""
    with connected(load_settings()) as client:
        click.echo(client.budgets.delete(budget)["message"])


def _row_of(budget: Budget) -> dict[str, Any]:
    spent = budget["spent"]
    parts = [
        ("maxCost", f"${budget.get('maxCost', 0):,g}", f"${spent['cost']:,.4g}"),
        ("maxTokens", f"{budget.get('maxTokens', 0):,} tokens", f"{spent['tokens']:,} tokens"),
        ("maxCalls", f"{budget.get('maxCalls', 0):,} calls", f"{spent['calls']:,} calls"),
    ]
    given = [(most, used) for name, most, used in parts if name in budget]
    return {
        **budget,
        "of": f"{budget['scope']} {budget.get('subjectId', '')}".strip(),
        "most": ", ".join(most for most, _ in given),
        "spent": ", ".join(used for _, used in given),
        "used": f"{budget['percent']:g} %",
    }
