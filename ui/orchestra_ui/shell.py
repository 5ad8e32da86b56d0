"""The frame around every page: header, navigation and the place for the page's content."""

from collections.abc import Callable
from typing import Any

from nicegui import ui
from nicegui.elements.sub_pages import SubPages

from orchestra_ui.context import Screen, show_problem
from orchestra_ui.parts.elements import Link, Text, box, icon_button

_PLACES = (
    ("Agents", "/agents", "smart_toy"),
    ("Executions", "/executions", "list_alt"),
    ("Frameworks", "/frameworks", "widgets"),
    ("Models", "/models", "psychology"),
    ("Budgets", "/budgets", "account_balance_wallet"),
)
_SCHEMES = (("auto", "Like the system"), ("light", "Light"), ("dark", "Dark"))


def show_shell(screen: Screen, routes: dict[str, Callable[..., Any]]) -> None:
    """Draw the frame once; pages change inside it."""
    layout = ui.context.client.layout
    with layout:
        _header(screen)
        navigation = _Navigation()
    main = box("shell-main")
    main.props["tabindex"] = "-1"
    ui.skip_link("Skip to content", target=main)
    router = ui.context.client.sub_pages_router
    navigation.mark(router.current_path)
    router.on_path_changed(navigation.mark)
    with main:
        _Pages(routes, data={"screen": screen})


class _Pages(SubPages):
    """Pages by address, with our words for what cannot be found or shown."""

    def _render_404(self) -> None:
        # The builder of a shorter address may have begun; nothing else would end it.
        self._cancel_active_tasks()
        with box("page"):
            show_problem("Page not found", "There is no page at this address. It may have been deleted.")

    def _render_error(self, _: Exception) -> None:
        with box("page"):
            show_problem("This page cannot be shown", "Its address is not one that we can read.")


class _Navigation:
    def __init__(self) -> None:
        self._links: dict[str, Link] = {}
        with box("shell-nav", "nav", aria_label="Main"):
            for word, path, icon in _PLACES:
                link = self._links[path] = Link("", path)
                with link:
                    ui.icon(icon).props["aria-hidden"] = "true"
                    Text(word)

    def mark(self, path: str) -> None:
        """Show which place the address belongs to."""
        for place, link in self._links.items():
            if path.startswith(place) or (path.split("?")[0] == "/" and place == "/agents"):
                link.props["aria-current"] = "page"
            else:
                link.props.pop("aria-current", None)


def _header(screen: Screen) -> None:
    with box("shell-header", "header"):
        with Link("", "/agents", "brand"):
            ui.icon("hub").classes("mark").props["aria-hidden"] = "true"
            Text("AgentOrchestra")
        box("grow")
        if screen.services.providers.zero_egress:
            Link("Zero egress", "/models", "tag").props["title"] = "Only models on this machine are asked."
        with icon_button("contrast", "Colour scheme"), ui.menu():
            for scheme, word in _SCHEMES:
                _scheme_item(scheme, word)
        with icon_button("account_circle", "Your account"), ui.menu() as menu:
            menu.props["role"] = "group"
            menu.props["aria-label"] = "Your account"
            Text(f"Signed in as {screen.principal.name}", "div", "menu-who foreign")
            with box("menu-form", "form", method="post", action="/sign-out"):
                Text("Sign out", "button", "native").props["type"] = "submit"


def _scheme_item(scheme: str, word: str) -> None:
    with ui.menu_item().classes(f"scheme scheme-{scheme}") as item:
        ui.icon("check").props["aria-hidden"] = "true"
        Text(word)
    item.props["role"] = "menuitem"
    item.on("click", js_handler=f"() => orchestra.choose('{scheme}')")
