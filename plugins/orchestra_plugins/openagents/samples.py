"""OpenAgents' sample agents, which run offline with the scripted model."""

from pathlib import Path

from orchestra.domain.frameworks import Sample, scripted_model


def samples(templates: Path) -> tuple[Sample, ...]:
    return (
        Sample(
            id="sales",
            title="Sales by product",
            description="The data agent: adds up a CSV file by SQL, draws a chart with Python, and answers with both.",
            configuration={
                "model": scripted_model("openagents", "sales"),
                "task": "Which product earns most, and which grows most? Draw the months as a chart.",
                "data_agent": {"files": [str(templates / "sales.csv")]},
            },
            script=templates / "sales.yaml",
        ),
        Sample(
            id="network",
            title="A network that finds a name",
            description="A network: one agent proposes in the channel, the other objects, until both agree.",
            configuration={
                "engine": "network",
                "model": scripted_model("openagents", "network"),
                "task": "We need a name for a to-do list on the command line.",
                "network": {
                    "agents": [
                        {"agent_id": "namer", "instruction": "You propose names in the channel, one at a time."},
                        {"agent_id": "critic", "instruction": "You say what is wrong with a name, or accept it."},
                    ],
                    "max_messages": 4,
                },
            },
            script=templates / "network.yaml",
        ),
    )
