"""The network's transport within one process: events go by a call, where the library's own go by sockets.

So no port is open by which others on this machine could join, and a message arrives at once, not with the next poll.
"""

# OpenAgents is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
from typing import Any

from openagents.models.event import Event
from openagents.models.event_response import EventResponse
from openagents.models.transport import TransportType
from openagents.sdk.client import AgentClient
from openagents.sdk.connectors.base import NetworkConnector
from openagents.sdk.network import AgentNetwork
from openagents.utils.mod_loaders import load_mod_adapters

MESSAGING = "openagents.mods.workspace.messaging"
_KIND = TransportType.GRPC  # the library has no name for ours; it asks this one to clean up after agents


class LocalTransport:
    """Takes the place of a listening transport in the network's topology, which wants at least one."""

    def __init__(self, network: AgentNetwork) -> None:
        network.topology.transports[_KIND] = self

    def register_event_handler(self, handler: object) -> None:
        """Events do not come by a transport here."""

    async def shutdown(self) -> bool:
        return True

    def cleanup_agent(self, agent_id: str) -> bool:
        return True


class LocalConnector(NetworkConnector):
    """An agent's end: hands its events to the network, and the network's events to it as soon as they are there."""

    def __init__(self, network: AgentNetwork, agent_id: str) -> None:
        super().__init__("", 0, agent_id)
        self.is_polling = True  # the client refuses to connect otherwise
        self._network = network
        self._pump: asyncio.Task[None] | None = None

    async def connect_to_server(self) -> bool:
        answer = await self._network.register_agent(self.agent_id, _KIND, {}, "")
        if not answer.success:
            return False
        self.secret = (answer.data or {}).get("secret")
        self.is_connected = True
        self._pump = asyncio.create_task(self._deliver())
        return True

    async def disconnect(self) -> bool:
        self.is_connected = False
        if self._pump is not None:
            self._pump.cancel()
        await self._network.unregister_agent(self.agent_id)
        return True

    async def send_event(self, message: Event) -> EventResponse:
        message.secret = self.secret
        return await self._network.process_external_event(_copy(message))

    async def poll_messages(self) -> list[Event]:
        """Nothing to fetch; but the network takes an agent that does not poll for dead."""
        await self._network.topology.record_heartbeat(self.agent_id)
        return []

    async def _deliver(self) -> None:
        queue = self._network.event_gateway.agent_event_queues[self.agent_id]
        while True:
            await self.consume_message(_copy(await queue.get()))


def _copy(event: Event) -> Event:
    """As a wire would give it: no two agents have the same object."""
    return event.model_copy(deep=True)


class LocalClient(AgentClient):
    """The library's client, connected to a network in this process."""

    def __init__(self, network: AgentNetwork, agent_id: str) -> None:
        super().__init__(agent_id, load_mod_adapters([MESSAGING]))
        self._network = network

    async def connect_to_server(self, *_: Any, **__: Any) -> bool:
        self.connector = LocalConnector(self._network, self.agent_id)
        if not await self.connector.connect_to_server():
            return False
        for adapter in self.mod_adapters.values():
            adapter.bind_connector(self.connector)
            adapter.bind_client(self)
            adapter.on_connect()
        self.connector.register_event_handler(self._handle_event)
        self._polling = asyncio.create_task(self._start_message_polling())
        return True
