"""Runs what a person asked for and says how it went: the one place where errors become words on the screen."""

import asyncio
import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from nicegui import ui

from orchestra.errors import Invalid, OrchestraError, PreconditionFailed
from orchestra_ui.wording import clean

P = ParamSpec("P")
R = TypeVar("R")
UNEXPECTED = "This did not work, for a reason that we did not foresee. The server's log says more."
_log = logging.getLogger(__name__)


async def ask(action: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The service's answer, awaited off the event loop."""
    return await asyncio.to_thread(action, *args, **kwargs)


async def attempt(action: Callable[[], R], success: str | None = None) -> R | None:
    """The action's answer, said to have succeeded; or None, once the person was told what went wrong.

    Invalid passes through where it names faults, since a form shows them at their fields; so does PreconditionFailed,
    since only whoever asked knows what to offer.
    """
    try:
        answer = await ask(action)
    except Invalid as error:
        if error.faults:
            raise
        tell_problem(error.message)
    except PreconditionFailed:
        raise
    except OrchestraError as error:
        tell_problem(error.message)
    except Exception:  # noqa: BLE001 - whatever it is, the person gets a sentence and the log the rest
        _log.exception("an action of a screen failed")
        tell_problem(UNEXPECTED)
    else:
        if success:
            tell(success)
        return answer
    return None


def tell(sentence: str) -> None:
    ui.notify(clean(sentence, 500), position="bottom", classes="toast", timeout=4000)


def tell_problem(sentence: str) -> None:
    ui.notify(
        clean(sentence, 500),
        position="bottom",
        classes="toast",
        timeout=10_000,
        actions=[{"label": "Close", "color": "white"}],
        icon="error",
    )
