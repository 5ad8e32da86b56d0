"""The network's agents: the library's CollaboratorAgent, whose turns, tool calls and messages are shown."""

# OpenAgents is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from openagents.agents import orchestrator
from openagents.agents.collaborator_agent import CollaboratorAgent
from openagents.models.agent_actions import AgentTrajectory
from openagents.models.agent_config import AgentConfig
from openagents.models.event import Event
from openagents.models.event_context import EventContext
from openagents.models.event_response import EventResponse
from openagents.models.tool import AgentTool
from openagents.sdk.network import AgentNetwork

from .conversation import Conversation
from .local import MESSAGING, LocalClient
from .models import GatewayProvider
from .person import Person

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context, Step

_MESSAGES = frozenset(
    {
        "thread.channel_message.post",
        "thread.reply.post",
        "thread.reply.sent",
        "thread.direct_message.send",
        "agent.message",
    }
)
_POLL_SECONDS = 0.05  # how soon an agent takes up what has arrived


class ShownClient(LocalClient):
    """Shows what its agent says, and keeps to the number of messages that there may be."""

    def __init__(self, network: AgentNetwork, agent_id: str, conversation: Conversation, person: Person) -> None:
        super().__init__(network, agent_id)
        self._person = person
        self.turn: Step | None = None
        self._conversation = conversation

    async def send_event(self, event: Event) -> EventResponse | None:
        if event.event_name in _MESSAGES:
            place = str(event.payload.get("channel") or event.destination_id or "")
            if not self._conversation.say(self.agent_id, text_of(event), place, self.turn.id if self.turn else None):
                return EventResponse(success=False, message="The conversation is over.")
            self._person.hear(event, text_of(event))
        return await super().send_event(event)


class ShownAgent(CollaboratorAgent):
    """Reacts as the library's agent does; each reaction is a step."""

    def __init__(
        self,
        network: AgentNetwork,
        agent: Mapping[str, Any],
        configuration: Mapping[str, Any],
        tools: Sequence[AgentTool],
        conversation: Conversation,
        person: Person,
        context: Context,
        whole: Step,
    ) -> None:
        self._model: str = agent.get("model") or configuration["model"]
        client = ShownClient(network, agent["agent_id"], conversation, person)
        super().__init__(agent_id=agent["agent_id"], client=client, agent_config=_config(agent, self._model))
        self._interval = _POLL_SECONDS  # pyright: ignore[reportAttributeAccessIssue]
        self._supported_mods = [MESSAGING]
        self._custom = tools
        self._shown_client = client
        self._parameters = {"temperature": configuration["temperature"]} if "temperature" in configuration else {}
        self._conversation = conversation
        self._context = context
        self._whole = whole
        self.update_tools()

    async def react(self, context: EventContext) -> None:
        if self._conversation.is_over:
            return
        with self._conversation.work():
            await super().react(context)

    async def run_agent(
        self, context: EventContext, instruction: str | None = None, max_iterations: int | None = None, **_: Any
    ) -> AgentTrajectory:
        """One turn: the library's own loop of thinking and using tools, for one message."""
        turn = self._context.begin(self.agent_id, "agent", self._whole.id)
        self._shown_client.turn = turn
        status = "cancelled"
        try:
            orchestrator.create_model_provider = lambda **_: self._provider(turn)  # made at once, before anybody waits
            trajectory = await orchestrator.orchestrate_agent(
                context=context,
                agent_config=self.agent_config,
                tools=[self._shown(tool, turn) for tool in [*self.tools, *self._custom]],
                user_instruction=instruction,
                max_iterations=max_iterations,
                agent_id=self.agent_id,
            )
            status = "failed" if self._conversation.failure else "completed"
            return trajectory
        finally:
            self._shown_client.turn = None
            turn.end(status)

    def _provider(self, turn: Step) -> GatewayProvider:
        return GatewayProvider(self.agent_id, self._model, turn, self._conversation, self._context, self._parameters)

    def _shown(self, tool: AgentTool, turn: Step) -> AgentTool:
        """The tool, whose calls are steps with arguments and result."""

        async def call(**arguments: Any) -> Any:
            step = self._context.begin(tool.name, "tool", turn.id, arguments=arguments)
            try:
                result = tool.func(**arguments)
                result = await result if inspect.isawaitable(result) else result
            except Exception as error:
                step.end("failed", error=f"{type(error).__name__}: {error}")
                raise
            except BaseException:
                step.end("cancelled")
                raise
            step.end(result=result)
            return result

        return tool.model_copy(update={"func": call})


def _config(agent: Mapping[str, Any], model: str) -> AgentConfig:
    return AgentConfig(
        instruction=agent["instruction"],
        model_name=model,
        provider="openai",
        triggers=[{"event": one["event"], "instruction": one.get("instruction") or None}
                  for one in agent.get("triggers", ())],
        react_to_all_messages=agent.get("react_to_all_messages", True),
        max_iterations=int(agent.get("max_iterations", 10)),
    )  # fmt: skip


def text_of(event: Event) -> str:
    """What a message says, in whichever of the library's forms."""
    payload = event.payload or {}
    content = payload.get("content")
    text = content.get("text") if isinstance(content, dict) else content
    return str(text if text is not None else payload.get("text") or json.dumps(payload, default=str))
