"""The screens over real services: a database, a history, an engine with real workers, and a simulated visitor."""

import asyncio
import importlib.metadata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nicegui import core, ui
from nicegui.elements.mixins.text_element import TextElement
from nicegui.elements.mixins.value_element import ValueElement
from nicegui.testing import User
from nicegui.testing.user_interaction import UserInteraction
from nicegui.testing.user_simulation import user_simulation

from orchestra.app.ground import ground_over, open_stores
from orchestra.app.machine import machine_over
from orchestra.app.services import services_over
from orchestra.domain.agents import Agent
from orchestra.domain.identity import Principal
from orchestra.registry import Registry
from orchestra.services import Services
from orchestra.services.agents import AgentDraft
from orchestra.settings import Settings
from orchestra_ui.root import make_root

_END_SECONDS = 30.0


@dataclass(frozen=True)
class Visit:
    """A visitor in front of the screens, and the services behind them."""

    user: User
    services: Services
    principal: Principal

    def agent(self, name: str = "Probe agent", **configuration: Any) -> Agent:
        draft = AgentDraft(name, "probe", {"do": "async", **configuration})
        return self.services.agents.create(self.principal, draft)

    def fill(self, label: str, value: Any) -> None:
        """Type into the first field with that label."""
        captions = [e for e in self._elements if e.tag == "label" and label in _texts(e)]
        field = captions[0].props["for"]
        [control] = [e for e in self._elements if isinstance(e, ValueElement) and e.props.get("for") == field]
        control.value = value

    def press(self, word: str) -> None:
        """Click the button with that word: the one in the dialog that is open, if one is."""
        buttons = [e for e in self._elements if isinstance(e, ui.button) and e.text == word]
        asking = [e for e in buttons if any(isinstance(a, ui.dialog) and a.value for a in e.ancestors())]
        UserInteraction(self.user, {(asking or buttons)[0]}, None).click()

    def dialog_texts(self) -> list[str]:
        """All texts in the dialogs that are open."""
        shown = [e for e in self._elements if isinstance(e, ui.dialog) and e.value]
        return [text for dialog in shown for text in _texts(dialog)]

    @property
    def _elements(self) -> list[ui.element]:
        client = self.user.client
        return list(client.elements.values()) if client else []

    async def sees(self, text: str, seconds: float = 10) -> None:
        """Waits until the visitor sees the text."""
        await self.user.should_see(content=text, retries=int(seconds * 10))


@asynccontextmanager
async def visiting(data_dir: Path, *plugins: str) -> AsyncIterator[Visit]:
    """A signed-in visitor; the probe plugin, and the others that are named, must be importable."""
    async with _running(
        Settings(data_dir=data_dir, sample=False, keyring=False, warm_seconds=0), "orchestra_probe", *plugins
    ) as services:
        principal, _ = services.identity.local_owner()
        async with user_simulation(root=make_root(services)) as user:
            core.app.add_middleware(_SignedIn, principal=principal)
            yield Visit(user, services, principal)


@asynccontextmanager
async def _running(settings: Settings, *plugins: str) -> AsyncIterator[Services]:
    registry = Registry()
    entry_points = [importlib.metadata.EntryPoint(plugin, plugin, "orchestra") for plugin in plugins]
    storage, history, _ = open_stores(settings, lambda: registry.load(entry_points))
    ground = ground_over(settings, storage, history, registry)
    engine = machine_over(ground, "http://127.0.0.1:9").engine
    ground.bus.bind()
    await engine.start()
    services = services_over(ground, engine)
    yield services
    await asyncio.to_thread(services.deployer.stop)
    with storage.read() as unit:
        left = unit.executions.live(None)
    await asyncio.to_thread(services.executions.cancel_all, left)
    await engine.drain(_END_SECONDS)  # or Python complains of workers that nobody waits for
    await engine.stop()
    history.close()
    storage.close()


def _texts(element: ui.element) -> list[str]:
    return [child.text for child in element.descendants() if isinstance(child, TextElement)]


class _SignedIn:
    """What the gatekeeper does for a signed-in person."""

    def __init__(self, app: Any, principal: Principal) -> None:
        self._app = app
        self._principal = principal

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] in {"http", "websocket"}:
            scope.setdefault("state", {})["principal"] = self._principal
        await self._app(scope, receive, send)
