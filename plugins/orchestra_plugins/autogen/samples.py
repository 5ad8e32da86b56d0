"""AutoGen's sample agents, which run offline with the scripted model."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestra.domain.frameworks import Sample, scripted_model


def samples(templates: Path) -> tuple[Sample, ...]:
    return (
        _sample(
            templates,
            "assistant",
            "Assistant with tools",
            "Works out a sum with the calculator, writes the result into a file, and says what it found.",
            task="What are 17 percent of 2480, and what is left of it? Write both into result.txt.",
            agents=[_assistant("bookkeeper", "Never calculate in your head.", tools=["calculator", "write_file"])],
        ),
        _sample(
            templates,
            "team",
            "Writer and critic",
            "A RoundRobinGroupChat: one writes, one finds fault, until the critic approves.",
            task="A slogan for a bakery that opens at five in the morning.",
            team="RoundRobinGroupChat",
            termination_text="APPROVE",
            agents=[
                _assistant("writer", "You write, and take criticism to heart."),
                _assistant("critic", "You find one fault at a time. Say APPROVE when there is none."),
            ],
        ),
        _sample(
            templates,
            "selector",
            "Geographer and counter",
            "A SelectorGroupChat: a model chooses who speaks next; one knows heights, one counts with a tool.",
            task="How many Eiffel Towers on top of each other are as high as Mont Blanc?",
            team="SelectorGroupChat",
            termination_text="DONE",
            agents=[
                _assistant("geographer", "You know heights.", description="Knows how high things are."),
                _assistant("counter", "You count with the calculator.", description="Counts.", tools=["calculator"]),
            ],
        ),
        _sample(
            templates,
            "swarm",
            "Help desk that hands over",
            "A Swarm: the front desk hands over to who can help, who works out the refund with a tool.",
            task="I sent back four lamps of 12.50 each, order 1234. What do I get back?",
            team="Swarm",
            termination_text="DONE",
            agents=[
                _assistant("front_desk", "You hand over to who can help.", handoffs=["refunds"]),
                _assistant("refunds", "You work out refunds.", handoffs=["front_desk"], tools=["calculator"]),
            ],
        ),
        _sample(
            templates,
            "graph",
            "Write, review, publish",
            "A GraphFlow: a review sends the text back until it accepts it, and then it is published.",
            task="One sentence on why bread rises.",
            team="GraphFlow",
            agents=[_assistant("writer", "You write."), _assistant("reviewer", "REVISE or ACCEPT."),
                    _assistant("publisher", "You publish.")],
            edges=[
                {"source": "writer", "target": "reviewer"},
                {"source": "reviewer", "target": "writer", "condition": "REVISE"},
                {"source": "reviewer", "target": "publisher", "condition": "ACCEPT"},
            ],
        ),
        Sample(
            id="component",
            title="A component from AutoGen Studio",
            description="A team as component JSON; its model is asked for at the gateway, by its name there.",
            configuration={
                "component": json.loads((templates / "component.json").read_text("utf-8")),
                "task": "Two questions that a good interview begins with.",
            },
            script=templates / "component.yaml",
        ),
    )  # fmt: skip


def _sample(templates: Path, id: str, title: str, description: str, **configuration: Any) -> Sample:
    return Sample(
        id=id,
        title=title,
        description=description,
        configuration={"model": scripted_model("autogen", id), **configuration},
        script=templates / f"{id}.yaml",
    )


def _assistant(name: str, system_message: str, **more: Any) -> Mapping[str, Any]:
    return {"type": "AssistantAgent", "name": name, "system_message": system_message, **more}
