"""A newsletter for a city, in the shape that `crewai create crew` makes."""

# pyright: reportMissingImports=false, reportIndexIssue=false, reportArgumentType=false, reportAttributeAccessIssue=false

import os

from crewai import LLM, Agent, Crew, Process, Task
from crewai.project import CrewBase, agent, before_kickoff, crew, task

from .tools.events import EventsOn


@CrewBase
class Newsletter:
    """What happens in a city on a day."""

    agents_config = "config/agents.yaml"
    tasks_config = "config/tasks.yaml"

    @before_kickoff
    def name_the_city(self, inputs):
        return {"city": os.environ["NEWSLETTER_CITY"], **(inputs or {})}

    @agent
    def scout(self) -> Agent:
        return Agent(config=self.agents_config["scout"], tools=[EventsOn()], verbose=True)

    @agent
    def writer(self) -> Agent:
        llm = LLM(model="anthropic/claude-of-theirs", base_url="https://elsewhere.invalid", api_key="sk-of-theirs")
        return Agent(config=self.agents_config["writer"], llm=llm)

    @task
    def look_around(self) -> Task:
        return Task(config=self.tasks_config["look_around"])

    @task
    def write(self) -> Task:
        return Task(config=self.tasks_config["write"], output_file="letter.md")

    @crew
    def crew(self) -> Crew:
        return Crew(agents=self.agents, tasks=self.tasks, process=Process.sequential, verbose=True)
