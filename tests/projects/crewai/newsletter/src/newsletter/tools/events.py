"""What happens in a city."""

# pyright: reportMissingImports=false

from crewai.tools import BaseTool
from pydantic import BaseModel, Field


class _Day(BaseModel):
    day: str = Field(description="A day of the week.")


class EventsOn(BaseTool):
    name: str = "events_on"
    description: str = "What happens on a day of the week."
    args_schema: type[BaseModel] = _Day

    def _run(self, day: str) -> str:
        return f"On {day}: a market, and a concert."
