"""A clinic's front desk: an agent made when the module is imported, and a function that does its work by itself."""

# pyright: reportMissingImports=false

from camel.agents import ChatAgent
from camel.types import ModelPlatformType


def room_of(name: str) -> str:
    """The room that a patient waits in.

    Args:
        name (str): The patient's name.
    """
    return f"{name} waits in room 4"


front_desk = ChatAgent(
    "You know where everybody is.",
    model=(ModelPlatformType.ANTHROPIC, "claude-haiku-4-5"),
    tools=[room_of],
)


async def summarise(report: str, length: int = 2) -> dict[str, object]:
    response = await front_desk.astep(f"Say this in {length} words: {report}")
    return {"answer": response.msg.content, "length": length}


def diagnose(report: str) -> str:
    raise LookupError(f"no illness is called {report}")


number = 7
