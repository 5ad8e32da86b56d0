"""Follows installs to their end, for whoever has begun one."""

import sys

import click

from orchestra.cli.output import ProgressLine, harmless
from orchestra.client import Client
from orchestra.client.frameworks import Framework
from orchestra.domain.environments import size_text


def followed(client: Client, environment: str) -> Framework:
    """What the install that has begun leads to; Ctrl-C cancels it, and follows to that end."""
    try:
        return _follow(client, environment)
    except KeyboardInterrupt:
        click.echo("\nCancelling.", err=True)
        client.frameworks.cancel(environment)
        return _follow(client, environment)


def _follow(client: Client, framework: str) -> Framework:
    """The framework once nothing is built any more; meanwhile, a line says what is done."""
    line, phase = ProgressLine(), None
    for shown in client.frameworks.follow(framework):
        if "progress" not in shown:
            line.clear()
            return shown
        line.show(shown["message"])
        if not sys.stderr.isatty() and shown["progress"]["phase"] != phase:
            phase = shown["progress"]["phase"]
            click.echo(harmless(shown["message"]), err=True)
    raise AssertionError("a stream of an install ends with what it led to")


def show_end(shown: Framework) -> None:
    """Say what it led to; the exit code is 0 only if it is ready."""
    size = f" It takes {size_text(shown['environment']['sizeBytes'])}." if "environment" in shown else ""
    click.echo(harmless(f"{_sentence_of(shown)}{size}"))
    sys.exit(0 if shown["state"] == "ready" else 1)


def _sentence_of(framework: Framework) -> str:
    """How it is, with its name in front, unless the sentence names it by itself."""
    title, message = framework["title"], framework["message"]
    return message if message.startswith(title) else f"{title}: {message}"
