"""What every page is given, and what it shows when it cannot be built."""

import functools
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ParamSpec

from nicegui import ui

from orchestra.domain.identity import Principal
from orchestra.errors import OrchestraError
from orchestra.services import Services
from orchestra_ui.parts.elements import Link, Text, box
from orchestra_ui.parts.feedback import UNEXPECTED
from orchestra_ui.wording import one_line

P = ParamSpec("P")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Screen:
    """The services, and the person who looks."""

    services: Services
    principal: Principal


def guarded(builder: Callable[P, Awaitable[None]]) -> Callable[P, Awaitable[None]]:
    """The page builder inside its frame; an error takes the page's place as a sentence."""

    @functools.wraps(builder)
    async def build(*args: P.args, **kwargs: P.kwargs) -> None:
        with box("page") as frame:
            try:
                await builder(*args, **kwargs)
            except OrchestraError as error:
                _replace(frame, error.message)
            except Exception:  # noqa: BLE001 - whatever it is, the person gets a sentence and the log the rest
                _log.exception("a page could not be shown")
                _replace(frame, UNEXPECTED)

    return build


def set_title(page: str) -> None:
    """Name the page in the browser's tab."""
    ui.page_title(f"{one_line(page, 80)} · AgentOrchestra")


def show_problem(title: str, sentence: str) -> None:
    Text(title, "h1")
    with box("notice bad", role="alert"):
        ui.icon("error").props["aria-hidden"] = "true"
        Text(sentence, "div", "foreign")
    Link("Go to your agents", "/agents")


def _replace(frame: ui.element, sentence: str) -> None:
    if not frame.is_deleted:
        frame.clear()
        with frame:
            show_problem("This page cannot be shown", sentence)
