"""Runs one network: sets it up, posts the task, and waits for the end of the conversation."""

# OpenAgents is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from openagents.models.network_config import NetworkConfig
from openagents.sdk.network import AgentNetwork

from .agents import ShownAgent
from .conversation import Conversation
from .local import MESSAGING, LocalClient, LocalTransport
from .person import HUMAN, Person
from .quiet import quieten
from .tools import tools_of

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context, Step

_STOP_SECONDS = 2.0


async def run_network(configuration: Mapping[str, Any], task: str, context: Context) -> dict[str, Any]:
    """The output has `answer` (the last message), `messages` (their number) and `stopReason`."""
    quieten()
    network = configuration["network"]
    conversation = Conversation(int(network["max_messages"]), network["quiet_seconds"], context)
    whole = context.begin("Network", "step")
    status = "cancelled"
    try:
        async with _running(network["channels"]) as running:
            human = LocalClient(running, HUMAN)
            person = Person(human, conversation, context, network["human_replies"])
            agents = _agents(running, configuration, conversation, person, context, whole)
            async with _joined(agents, human, person):
                context.message(task, role="user", to=network["channels"][0])
                await human.mod_adapters[MESSAGING].send_channel_message(network["channels"][0], task)
                reason = await conversation.over()
        status = "failed" if conversation.failure else "completed"
    except Exception:
        status = "failed"
        raise
    finally:
        whole.end(status)
    if conversation.failure is not None:
        raise conversation.failure
    context.log(reason)
    return {"answer": conversation.answer, "messages": conversation.messages, "stopReason": reason}


@contextlib.asynccontextmanager
async def _running(channels: Sequence[str]) -> AsyncIterator[AgentNetwork]:
    """A network with the messaging mod, which keeps its files in a temporary folder."""
    described = [{"name": name, "description": name} for name in channels]
    config = NetworkConfig(
        name="AgentOrchestra",
        node_id="orchestra",
        transports=[],
        encryption_enabled=False,
        discovery_enabled=False,
        initialized=True,
        mods=[{"name": MESSAGING, "enabled": True, "config": {"default_channels": described}}],
    )
    with tempfile.TemporaryDirectory(prefix="openagents-") as place:
        network = AgentNetwork.create_from_config(config, workspace_path=place)
        LocalTransport(network)
        if MESSAGING not in network.mods or not await network.initialize():
            raise RuntimeError("The network could not be started.")
        try:
            yield network
        finally:
            await network.shutdown()


@contextlib.asynccontextmanager
async def _joined(agents: Sequence[ShownAgent], human: LocalClient, person: Person) -> AsyncIterator[None]:
    """All agents in the network, and with them the one who posts the task."""
    try:
        for agent in agents:
            await agent.async_start(network_host="local")
        await human.connect_to_server()
        yield
    finally:
        person.leave()
        stopped = asyncio.gather(*(agent.async_stop() for agent in agents), human.disconnect(), return_exceptions=True)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(stopped, _STOP_SECONDS)


def _agents(
    network: AgentNetwork,
    configuration: Mapping[str, Any],
    conversation: Conversation,
    person: Person,
    context: Context,
    whole: Step,
) -> list[ShownAgent]:
    described = configuration["network"]["agents"]
    names = [agent["agent_id"] for agent in described]
    if len({*names, HUMAN}) <= len(names):
        context.fail(f"Agent ids must differ from each other and from '{HUMAN}'.", failure="configuration")
    try:
        return [
            ShownAgent(
                network, agent, configuration, tools_of(agent, configuration["network"]["project"], context),
                conversation, person, context, whole,
            )
            for agent in described
        ]  # fmt: skip
    except (ValueError, TypeError, ImportError) as error:
        context.fail(f"The network cannot be made as configured: {error}", failure="configuration")
