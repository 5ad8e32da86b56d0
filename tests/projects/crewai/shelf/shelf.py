"""An archive's shelf: a flow that asks people, and one that says much."""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false

from crewai import Agent
from crewai.flow import Flow, human_feedback, listen, start
from crewai.tools import tool
from pydantic import BaseModel


class Shelf(BaseModel):
    number: int = 0
    label: str = ""


@tool("look_up")
def look_up(number: int) -> str:
    """Look up an entry, which names the next."""
    return f"entry {number}, next is {number + 1}"


class AskingFlow(Flow[Shelf]):
    """Asks for a label, and shows what it made of it."""

    @start()
    def ask_for_label(self):
        self.state.label = self.ask("Which label?") or ""
        return f"Shelf {self.state.number}: {self.state.label}"

    @listen(ask_for_label)
    @human_feedback(message="Is it good?")
    def show(self, made: str):
        return made

    @listen(show)
    def file(self, shown):
        return f"{shown.output} ({shown.feedback})"


def _archivist(**more: object) -> Agent:
    return Agent(role="Archivist", goal="Know all entries", backstory="You keep an archive.", llm="gpt-x", **more)


class TalkativeFlow(Flow):
    """Thirty calls of a tool, two hundred messages, and one of two megabytes."""

    @start()
    def follow_entries(self):
        return _archivist(tools=[look_up], max_iter=100).kickoff("Follow the entries.").raw

    @listen(follow_entries)
    def talk(self):
        archivist = _archivist()
        return [archivist.llm.call(f"Say turn {number}.", from_agent=archivist) for number in range(198)]

    @listen(talk)
    def tell_all(self):
        return _archivist().kickoff("Tell all.").raw


class DeafFlow(Flow):
    """Goes on, whatever its models say."""

    @start()
    def go_on(self):
        for _ in range(100):
            try:
                _archivist().kickoff("Say turn 1.")
            except Exception as error:
                print(f"it goes on after {type(error).__name__}")
        return "all is well"
