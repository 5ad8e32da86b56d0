"""Where the screens meet NiceGUI: the root function, and how it is to be run."""

from collections.abc import Callable
from typing import Any

from nicegui import ui

from orchestra.services import Services
from orchestra_ui import theme
from orchestra_ui.context import Screen
from orchestra_ui.pages.agent import agent_page
from orchestra_ui.pages.agent_form import edit_agent_page, new_agent_page
from orchestra_ui.pages.agents import agents_page
from orchestra_ui.pages.budgets import budgets_page
from orchestra_ui.pages.execution import execution_page
from orchestra_ui.pages.executions import executions_page
from orchestra_ui.pages.frameworks import frameworks_page
from orchestra_ui.pages.models import models_page
from orchestra_ui.session import leave_when_signed_out
from orchestra_ui.shell import show_shell

TITLE = "AgentOrchestra"
RUN_WITH: dict[str, Any] = {
    "title": TITLE,
    "favicon": theme.FAVICON,
    "dark": None,
    "language": "en-US",
    "show_welcome_message": False,
    "reconnect_timeout": 10.0,
    "binding_refresh_interval": None,
    "tailwind": False,
}
_ROUTES: dict[str, Callable[..., Any]] = {
    "/": agents_page,
    "/agents": agents_page,
    "/agents/new": new_agent_page,
    "/agents/{agent_id}": agent_page,
    "/agents/{agent_id}/edit": edit_agent_page,
    "/executions": executions_page,
    "/executions/{execution_id}": execution_page,
    "/frameworks": frameworks_page,
    "/models": models_page,
    "/budgets": budgets_page,
}


def make_root(services: Services) -> Callable[[], None]:
    """The function that draws the application for whoever opened it."""

    def root() -> None:
        state = ui.context.client.request.scope["state"]
        ui.add_head_html(theme.head_html())
        show_shell(Screen(services, state["principal"]), dict(_ROUTES))
        if admission := state.get("admission"):
            leave_when_signed_out(services, admission)

    return root
