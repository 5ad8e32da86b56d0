"""LangGraph's sample agents, which run offline with the scripted model."""

from pathlib import Path

from orchestra.domain.frameworks import Sample, scripted_model


def samples(templates: Path) -> tuple[Sample, ...]:
    return (
        Sample(
            id="assistant",
            title="Assistant with tools",
            description="Works out a sum with the calculator, writes the result into a file, and says what it found.",
            configuration={
                "model": scripted_model("langgraph", "assistant"),
                "system_prompt": "You are a careful bookkeeper. Never calculate in your head.",
                "tools": ["calculator", "write_file"],
                "task": "What are 17 percent of 2480, and what is left of it? Write both into result.txt.",
            },
            script=templates / "assistant.yaml",
        ),
        Sample(
            id="team",
            title="Researcher and writer",
            description="A supervisor hands work to two agents: one collects facts, one makes a text of them.",
            configuration={
                "model": scripted_model("langgraph", "team"),
                "system_prompt": "You lead a small desk. Have facts collected first, then have them written up.",
                "task": "I need two sentences on why the sea is salty.",
                "agents": [
                    {
                        "name": "researcher",
                        "description": "Collects facts on a topic.",
                        "system_prompt": "You collect facts, as a short list.",
                    },
                    {
                        "name": "writer",
                        "description": "Writes a short text out of facts.",
                        "system_prompt": "You write plainly, and no more than you were given.",
                    },
                ],
            },
            script=templates / "team.yaml",
        ),
        Sample(
            id="project",
            title="A graph from a project",
            description="A project with a langgraph.json: a mail is sorted, and answered by the desk it belongs to.",
            configuration={
                "project": str(templates / "mail_desk"),
                "graph": "desk",
                "configurable": {"model": scripted_model("langgraph", "project")},
            },
            input={"mail": "The invoice of October names 12 chairs, but we ordered 10 and got 10."},
            script=templates / "project.yaml",
        ),
    )
