"""Asks the person whom the agent works for: may it do this, and what do they say to that?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .reply import Action
from .text import clipped

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

YES = "Do it"
ALWAYS = "Do it, and all that follows in this run"
NO = "Do not do it"
_FREE = frozenset({"memorize_thoughts", "talk_to_user", "done"})
_SHOWN_TOKENS = 2000  # of a command or a message in a question, which may not be longer than 10,000 characters


class Person:
    """Asked before each command that does or reads something, and after each message, until they want it no more."""

    def __init__(self, context: Context, is_asked: bool) -> None:
        self._context = context
        self.answers = is_asked
        self._approves = is_asked

    def refusal(self, action: Action) -> str | None:
        """What the agent is told if the command may not be done; None if it may."""
        if not self._approves or action.command in _FREE:
            return None
        shown = clipped(action.argument, _SHOWN_TOKENS)
        if shown != action.argument:
            self._context.log(f"The whole of what is asked for:\n{action.argument}")
        question = f"May MiniAGI use {action.command}?\n{clipped(action.thought, 200)}\n\n{shown}"
        answer = self._context.ask(question, choices=[YES, ALWAYS, NO])
        self._approves = answer != ALWAYS
        if answer != NO:
            return None
        advice = self._said("What should MiniAGI do instead? A hyphen, if you leave it to the agent.")
        return "The user does not allow this." + (f" They say: {advice}" if advice else "")

    def reply(self, message: str) -> str:
        """What the user says to a message."""
        question = f"MiniAGI says:\n{clipped(message, _SHOWN_TOKENS)}\n\nYour reply? A hyphen, if you have none."
        said = self._said(question)
        return f"The user replied: {said}" if said else "The user read it and said nothing to it."

    def _said(self, question: str) -> str:
        answer = self._context.ask(question)
        text = str(answer or "").strip()
        return "" if text == "-" else text
