"""AutoGPT's sample agents, which run offline with the scripted model."""

from pathlib import Path

from orchestra.domain.frameworks import Sample, scripted_model


def samples(templates: Path) -> tuple[Sample, ...]:
    return (
        Sample(
            id="names",
            title="A name for a bakery",
            description="Thinks of names, keeps them in a file, reads it again, chooses one; remembers by embeddings.",
            configuration={
                "ai_name": "Namer",
                "ai_role": "an AI that finds names for shops",
                "ai_goals": [
                    "Find three names for a bakery that opens at five in the morning",
                    "Write them into names.txt",
                    "Choose the best one and say why",
                ],
                "fast_llm_model": scripted_model("autogpt", "names"),
                "continuous_mode": True,
                "continuous_limit": 8,
                "memory_backend": "local",
                "embedding_model": scripted_model("autogpt", "names"),
                "commands": ["read_file", "write_to_file", "append_to_file", "search_files"],
            },
            script=templates / "names.yaml",
        ),
        Sample(
            id="helpers",
            title="A helper who reviews code",
            description="Writes a small program, has a helper review it and tests written, runs them, and reports.",
            configuration={
                "ai_name": "Builder",
                "ai_role": "an AI that writes small Python programs with the help of others",
                "ai_goals": [
                    "Write a function that tells leap years into leap.py",
                    "Have a helper review it",
                    "Have tests written for it into test_leap.py, and run them",
                ],
                "fast_llm_model": scripted_model("autogpt", "helpers"),
                "continuous_mode": True,
                "continuous_limit": 10,
                "commands": ["read_file", "write_to_file", "write_tests", "start_agent", "execute_python_file"],
            },
            script=templates / "helpers.yaml",
        ),
    )
