"""`orchestra answer`."""

import json
from collections.abc import Sequence
from typing import Any

import click

from orchestra.cli.connection import connected
from orchestra.cli.output import harmless
from orchestra.client.executions import Question
from orchestra.errors import Invalid
from orchestra.settings import load_settings


@click.command()
@click.argument("execution")
@click.argument("text", required=False)
@click.option("--question", help="The question's id, if there are several.")
def answer(execution: str, text: str | None, question: str | None) -> None:
    """Answer what EXECUTION (its id) asks: TEXT, one of the choices or its number, or JSON if the question wants that.

    Without TEXT, the question is shown and the answer read.
    """
    with connected(load_settings()) as client:
        asked = _choose(client.executions.get(execution).get("waitingFor", []), question)
        given = _parsed(asked, click.prompt(_shown(asked)) if text is None else text)
        click.echo(client.executions.answer(execution, asked["id"], given)["message"])


def _choose(waiting: Sequence[Question], question: str | None) -> Question:
    fitting = [one for one in waiting if question in {None, one["id"]}]
    if not fitting:
        raise Invalid("The execution waits for no answer." if question is None else "It asks no such question.")
    if len(fitting) > 1:
        listed = "\n".join(f"  {one['id']}: {harmless(one['question'])}" for one in fitting)
        raise Invalid(f"It asks several questions; choose one with --question ID:\n{listed}")
    return fitting[0]


def _shown(asked: Question) -> str:
    lines = [harmless(asked["question"])]
    lines += [f"  {number}. {harmless(choice)}" for number, choice in enumerate(asked.get("choices", []), 1)]
    return "\n".join([*lines, "Your answer"])


def _parsed(asked: Question, text: str) -> Any:
    """The answer as the question wants it: a choice by its number too, JSON where there is a schema."""
    choices = asked.get("choices")
    if choices:
        is_number = text.isascii() and text.isdigit() and text not in choices and 0 < int(text) <= len(choices)
        return choices[int(text) - 1] if is_number else text
    if "schema" not in asked:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
