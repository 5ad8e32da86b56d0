"""The command `orchestra` itself, and the way to its verbs."""

import errno
import importlib
import os
import sys
from pathlib import Path

import click

# Verb → module and attribute; a verb's libraries take seconds to import, so each is loaded when it is called.
_VERBS = {
    "serve": ("orchestra.cli.serve", "serve", "Start the server (or find the one that runs) and open it."),
    "run": ("orchestra.cli.run", "run", "Run an agent and follow it to its end."),
    "logs": ("orchestra.cli.run", "logs", "Show the log of an execution."),
    "agents": ("orchestra.cli.agents", "agents", "List, show and create agents."),
    "import": ("orchestra.cli.projects", "import_project", "Make an agent of a project of yours."),
    "executions": ("orchestra.cli.executions", "executions", "List, show, record and cancel executions."),
    "answer": ("orchestra.cli.answer", "answer", "Answer what a run asks."),
    "queue": ("orchestra.cli.queue", "queue", "Show, pause and resume the queue."),
    "schedules": ("orchestra.cli.schedules", "schedules", "List, make, pause and delete schedules."),
    "budgets": ("orchestra.cli.budgets", "budgets", "List, set and delete budgets for model calls."),
    "prices": ("orchestra.cli.prices", "prices", "List, set, look up and delete prices of models."),
    "frameworks": ("orchestra.cli.frameworks", "frameworks", "List, install, repair, check and remove frameworks."),
    "plugins": ("orchestra.cli.plugins", "plugins", "List, install, remove, check and write plugins."),
    "providers": ("orchestra.cli.providers", "providers", "List, add, test, change and remove providers of models."),
    "models": ("orchestra.cli.models", "models", "List what agents can ask for as a model, and name aliases."),
    "secrets": ("orchestra.cli.secrets", "secrets", "Change the key under which stored secrets lie."),
    "keys": ("orchestra.cli.keys", "keys", "Make, list and revoke API keys."),
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _VERBS:
            return None
        module, attribute, _ = _VERBS[cmd_name]
        return getattr(importlib.import_module(module), attribute)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(verb, help_text) for verb, (_, _, help_text) in _VERBS.items()])


@click.group(cls=_LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--data-dir", type=click.Path(path_type=Path), help="The folder that holds everything kept.")
@click.version_option(package_name="agentorchestra", prog_name="orchestra")
@click.pass_context
def orchestra(ctx: click.Context, data_dir: Path | None) -> None:
    """AgentOrchestra: run AI agents of many frameworks. Without a command, it starts and opens in the browser."""
    if data_dir is not None:
        os.environ["ORCHESTRA_DATA_DIR"] = str(data_dir.resolve())
    if ctx.invoked_subcommand is None:
        ctx.invoke(importlib.import_module("orchestra.cli.serve").serve)


def main() -> None:
    """Run the command; errors that a person can meet are told in their sentence, with exit code 1."""
    from orchestra.errors import OrchestraError

    os.umask(0o077)  # logs, keys and files of agents are their owner's alone, also in a folder that others may enter
    try:
        orchestra.main(standalone_mode=True)
    except OrchestraError as error:
        click.echo(f"Error: {error.message}", err=True)
        for fault in error.details.get("faults", ()):
            if fault["pointer"] in error.message and fault["message"] in error.message:
                continue  # the sentence has said both
            click.echo(f"  {fault['pointer'] or '(whole)'}: {fault['message']}", err=True)
        sys.exit(1)
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EIO}:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python fails once more when it ends
        click.echo(f"Error: What was to be printed could not be written: {error.strerror}.", err=True)
        sys.exit(1)
