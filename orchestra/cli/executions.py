"""`orchestra executions`."""

from typing import Any

import click

from orchestra.cli.connection import connected
from orchestra.cli.output import local_time, print_json, print_table
from orchestra.client.model_calls import ModelCall
from orchestra.settings import load_settings

_COLUMNS = {
    "id": "ID",
    "status": "STATUS",
    "agent": "AGENT",
    "createdAt": "ACCEPTED",
    "duration": "MS",
    "reason": "REASON",
}

_CALLS = {
    "startedAt": "AT",
    "model": "MODEL",
    "status": "STATUS",
    "tokens": "TOKENS",
    "cost": "COST",
    "latencyMs": "MS",
    "error": "ERROR",
}


@click.group()
def executions() -> None:
    """List, show, record and cancel executions."""


@executions.command("list")
@click.option("--limit", default=20, type=click.IntRange(1, 100), help="How many, the newest first.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_executions(limit: int, as_json: bool) -> None:
    """List the newest executions."""
    with connected(load_settings()) as client:
        found = list(client.executions.list(limit=limit))
    if as_json:
        print_json(found)
    else:
        rows: list[dict[str, Any]] = [
            {
                **execution,
                "agent": execution["agent"]["name"],
                "createdAt": local_time(execution["createdAt"], "%Y-%m-%d %H:%M:%S"),
            }
            for execution in found
        ]
        print_table(_COLUMNS, rows, "There are no executions yet. Start one with 'orchestra run AGENT'.")


@executions.command("show")
@click.argument("execution")
def show_execution(execution: str) -> None:
    """Show EXECUTION (its id) as JSON."""
    with connected(load_settings()) as client:
        print_json(client.executions.get(execution))


@executions.command("cancel")
@click.argument("execution")
def cancel_execution(execution: str) -> None:
    """Cancel EXECUTION (its id)."""
    with connected(load_settings()) as client:
        click.echo(client.executions.cancel(execution)["message"])


@executions.command("calls")
@click.argument("execution")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_calls(execution: str, as_json: bool) -> None:
    """List the model calls of EXECUTION (its id)."""
    with connected(load_settings()) as client:
        found = list(client.executions.model_calls(execution))
    if as_json:
        print_json(found)
    else:
        print_table(_CALLS, map(_row_of_call, found), "It has called no model.")


@executions.command("record")
@click.argument("execution")
def record_execution(execution: str) -> None:
    """Print the model calls of EXECUTION (its id), which has ended, as a script for the scripted model."""
    with connected(load_settings()) as client:
        click.echo(client.executions.script(execution)["script"], nl=False)


def _row_of_call(call: ModelCall) -> dict[str, Any]:
    return {
        **call,
        "model": call.get("model", call["askedModel"]) + (" (scripted)" if call["isScripted"] else ""),
        "tokens": f"{call.get('inputTokens', '?')} + {call.get('outputTokens', '?')}",
        "cost": f"${call['cost']:.6g}" if "cost" in call else "unknown",
        "latencyMs": f"{call['latencyMs']:.0f}",
        "startedAt": local_time(call["startedAt"]),
    }
