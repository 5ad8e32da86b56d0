"""A page of an almanac: a flow finds out the season, and a crew writes of it."""

# pyright: reportMissingImports=false

from typing import Literal

from crewai.flow import Flow, listen, router, start
from pydantic import BaseModel

from .crew import AlmanacCrew

_COLD = ("November", "December", "January", "February", "March")


class Page(BaseModel):
    month: str = ""
    season: Literal["warm", "cold", ""] = ""
    text: str = ""


class AlmanacFlow(Flow[Page]):
    """Writes an almanac's page for a month."""

    @start()
    def look_at_the_month(self):
        self.state.season = "cold" if self.state.month in _COLD else "warm"

    @router(look_at_the_month)
    def choose(self) -> Literal["warm", "cold"]:
        return "cold" if self.state.season == "cold" else "warm"

    @listen("warm")
    def write_of_the_garden(self):
        return self._written("the garden")

    @listen("cold")
    def write_of_the_hearth(self):
        return self._written("the hearth")

    def _written(self, place: str):
        result = AlmanacCrew().crew().kickoff(inputs={"month": self.state.month, "place": place})
        self.state.text = result.raw
        return result.raw
