"""A desk of a newspaper: a workforce with a reporter, who has a tool, and an editor, who asks people."""

# pyright: reportMissingImports=false

from camel.agents import ChatAgent
from camel.messages import BaseMessage
from camel.models import ModelFactory
from camel.societies.workforce import Workforce
from camel.toolkits import FunctionTool, HumanToolkit
from camel.types import ModelPlatformType

from .sources import weather_of


def create_workforce():
    """The whole desk."""
    model = ModelFactory.create(
        model_platform=ModelPlatformType.OPENAI_COMPATIBLE_MODEL,
        model_type="llama3.1:8b",
        url="http://nobody.invalid/v1",
        api_key="unused",
    )
    reporter = ChatAgent(
        BaseMessage.make_assistant_message("Reporter", "You find facts."), model=model, tools=[FunctionTool(weather_of)]
    )
    editor = ChatAgent(
        BaseMessage.make_assistant_message("Editor", "You ask before you print."),
        model=model,
        tools=HumanToolkit().get_tools(),
    )
    desk = Workforce(
        "A newspaper's desk",
        coordinator_agent=ChatAgent("You assign.", model=model),
        task_agent=ChatAgent("You plan.", model=model),
        new_worker_agent=ChatAgent("You help out.", model=model),
        graceful_shutdown_timeout=0,
    )
    desk.add_single_agent_worker("Finds facts", reporter)
    desk.add_single_agent_worker("Edits and prints", editor)
    return desk
