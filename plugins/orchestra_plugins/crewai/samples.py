"""CrewAI's sample agents, which run offline with the scripted model."""

from pathlib import Path

from orchestra.domain.frameworks import Sample, scripted_model


def samples(templates: Path) -> tuple[Sample, ...]:
    return (
        Sample(
            id="assistant",
            title="Bookkeeper with tools",
            description="Works out a sum with the calculator, and writes what it found into a file.",
            configuration={
                "model": scripted_model("crewai", "assistant"),
                "agents": [
                    {
                        "name": "clerk",
                        "role": "Bookkeeper",
                        "goal": "Work out sums exactly",
                        "backstory": "You never calculate in your head.",
                        "tools": ["calculator"],
                    }
                ],
                "tasks": [
                    {
                        "name": "sum",
                        "description": "What are {percent} percent of {amount}, and what is left of it?",
                        "expected_output": "Both figures in one sentence.",
                        "agent": "clerk",
                        "output_file": "result.txt",
                    }
                ],
                "inputs": {"percent": 17, "amount": 2480},
            },
            script=templates / "assistant.yaml",
        ),
        Sample(
            id="team",
            title="Desk with a manager",
            description="A manager has facts collected by one agent and written up by another.",
            configuration={
                "model": scripted_model("crewai", "team"),
                "process": "hierarchical",
                "agents": [
                    {
                        "role": "Researcher",
                        "goal": "Collect facts on a topic",
                        "backstory": "You collect facts, as a short list.",
                    },
                    {
                        "role": "Writer",
                        "goal": "Make a short text of facts",
                        "backstory": "You write plainly, and no more than you were given.",
                    },
                ],
                "tasks": [
                    {
                        "name": "text",
                        "description": "Two sentences on why the {what} is salty.",
                        "expected_output": "Two sentences.",
                    }
                ],
                "inputs": {"what": "sea"},
            },
            script=templates / "team.yaml",
        ),
        Sample(
            id="project",
            title="A flow from a project",
            description="A flow of a project finds out the season, and has a crew of two write an almanac's page.",
            configuration={
                "project": str(templates / "almanac"),
                "crew": "almanac/flow.py:AlmanacFlow",
                "model": scripted_model("crewai", "project"),
            },
            input={"month": "April"},
            script=templates / "project.yaml",
        ),
    )
