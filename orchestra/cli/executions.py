"""`orchestra executions`."""

from pathlib import Path
from typing import Any

import click

from orchestra.cli.connection import connected
from orchestra.cli.files import file_name, write_file
from orchestra.cli.output import local_time, print_json, print_table
from orchestra.client.artifacts import Artifact
from orchestra.client.model_calls import ModelCall
from orchestra.errors import NotFound
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

_ARTIFACTS = {"path": "PATH", "sizeBytes": "BYTES", "modifiedAt": "CHANGED"}


@click.group()
def executions() -> None:
    """List, show, record and cancel executions, and fetch what they have left."""


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


@executions.command("artifacts")
@click.argument("execution")
@click.argument("path", required=False)
@click.option("--to", "target", type=click.Path(path_type=Path), help="Where to put it: a new file, or - for stdout.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_artifacts(execution: str, path: str | None, target: Path | None, as_json: bool) -> None:
    """List the files that EXECUTION (its id) has left, or fetch one of them by its PATH."""
    with connected(load_settings()) as client:
        found = list(client.executions.artifacts(execution))
        if path is not None:
            artifact = next((one for one in found if path in {one["path"], one["id"]}), None)
            if artifact is None:
                raise NotFound("artifact", path)
            write_file(client.executions.artifact(execution, artifact["id"]), target or Path(file_name(path)))
        elif as_json:
            print_json(found)
        else:
            print_table(_ARTIFACTS, map(_row_of_artifact, found), "It has left no files.")


def _row_of_artifact(artifact: Artifact) -> dict[str, Any]:
    return {**artifact, "modifiedAt": local_time(artifact["modifiedAt"], "%Y-%m-%d %H:%M:%S")}


def _row_of_call(call: ModelCall) -> dict[str, Any]:
    return {
        **call,
        "model": call.get("model", call["askedModel"]) + (" (scripted)" if call["isScripted"] else ""),
        "tokens": f"{call.get('inputTokens', '?')} + {call.get('outputTokens', '?')}",
        "cost": f"${call['cost']:.6g}" if "cost" in call else "unknown",
        "latencyMs": f"{call['latencyMs']:.0f}",
        "startedAt": local_time(call["startedAt"]),
    }
