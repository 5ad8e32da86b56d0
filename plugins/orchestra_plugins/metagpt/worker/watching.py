"""Makes steps and messages of what roles do: turns, in them actions, and what they tell each other."""

# MetaGPT is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from loguru import logger
from metagpt.actions import Action
from metagpt.environment import Environment
from metagpt.roles import Role
from metagpt.utils.common import any_to_str

from .said import short_name, text_of
from .speakers import speaking
from .teams import subclasses_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from orchestra.worker.adapter import Context

_NOT_PEOPLE = ("<all>", "<none>")
_LEVELS = {"WARNING": "WARN", "ERROR": "ERROR", "CRITICAL": "FATAL"}
_LONGEST_LOG = 2000


class Watch:
    """What is seen of a run; `last_word` is the last that a role has said."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.last_word: str | None = None

    def begin(self) -> None:
        """From now on; once in a process, when all classes of actions are there."""
        Role.react = _turn(Role.react, self._context)
        for kind in subclasses_of(Action):
            if "run" in vars(kind):
                kind.run = _action(kind.run, self._context)
        publish = Environment.publish_message

        def watched(environment: Any, message: Any, peekable: bool = True) -> Any:
            self._say(environment, message)
            return publish(environment, message, peekable)

        Environment.publish_message = watched
        logger.add(_log(self._context), level="INFO", format="{message}")

    def _say(self, environment: Any, message: Any) -> None:
        sender, text = _sender_of(environment, message), text_of(message)
        if sender is not None:
            self.last_word = text
        to = sorted(_name_of(environment, one) for one in message.send_to if one not in _NOT_PEOPLE)
        self._context.message(
            text,
            role="user" if sender is None else "assistant",
            name=sender,
            action=short_name(message.cause_by),
            **({"to": ", ".join(to)} if to else {}),
        )


def _turn(react: Callable[..., Any], context: Context) -> Callable[..., Any]:
    @functools.wraps(react)
    async def watched(self: Any) -> Any:
        name = self.name or self.profile
        with speaking(name), context.step(name, type="task", node=name, profile=self.profile) as step:
            message = await react(self)
            step.result(action=short_name(getattr(message, "cause_by", "")))
            return message

    return watched


def _action(run: Callable[..., Any], context: Context) -> Callable[..., Any]:
    @functools.wraps(run)
    async def watched(self: Any, *arguments: Any, **options: Any) -> Any:
        file = getattr(self.i_context, "filename", None) or getattr(self.i_context, "code_filename", None)
        with context.step(type(self).__name__, type="action", **({"arguments": {"file": str(file)}} if file else {})):
            return await run(self, *arguments, **options)

    return watched


def _sender_of(environment: Any, message: Any) -> str | None:
    """The role's name; None for the idea, which nobody of the team has said. MetaGPT gives profiles and classes."""
    if message.role == "Human":
        return None
    for role in environment.roles.values():
        if message.role in (role.profile, role.name, role._setting):
            return str(role.name)
    return short_name(message.sent_from) or str(message.role)


def _name_of(environment: Any, address: str) -> str:
    """The role's name; it is addressed by that or by its class."""
    return next((str(role.name) for role in environment.roles.values() if any_to_str(role) == address), address)


def _log(context: Context) -> Callable[[Any], None]:
    def write(message: Any) -> None:
        record = message.record
        level = _LEVELS.get(record["level"].name, "DEBUG")  # its infos are for who develops MetaGPT
        if record["name"] == Environment.__module__:
            level = "DEBUG"  # it warns of messages that are meant for nobody
        context.log(str(record["message"])[:_LONGEST_LOG], level=level, logger=record["name"])

    return write
