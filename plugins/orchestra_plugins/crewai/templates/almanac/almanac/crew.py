"""The almanac's crew: one knows the month, one writes."""

# pyright: reportMissingImports=false

from crewai import Agent, Crew, Process, Task
from crewai.project import CrewBase, agent, crew, task


@CrewBase
class AlmanacCrew:
    """Writes of one month, for one place."""

    agents_config = "config/agents.yaml"
    tasks_config = "config/tasks.yaml"

    @agent
    def gardener(self) -> Agent:
        return Agent(config=self.agents_config["gardener"])  # pyright: ignore[reportIndexIssue, reportArgumentType]

    @agent
    def writer(self) -> Agent:
        return Agent(config=self.agents_config["writer"])  # pyright: ignore[reportIndexIssue, reportArgumentType]

    @task
    def notes(self) -> Task:
        return Task(config=self.tasks_config["notes"])  # pyright: ignore[reportIndexIssue, reportArgumentType]

    @task
    def page(self) -> Task:
        return Task(config=self.tasks_config["page"])  # pyright: ignore[reportIndexIssue, reportArgumentType]

    @crew
    def crew(self) -> Crew:
        return Crew(agents=self.agents, tasks=self.tasks, process=Process.sequential)  # pyright: ignore[reportAttributeAccessIssue]
