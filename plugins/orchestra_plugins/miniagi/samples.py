"""MiniAGI's sample agents, which run offline with the scripted model."""

from pathlib import Path

from orchestra.domain.frameworks import Sample, scripted_model


def samples(templates: Path) -> tuple[Sample, ...]:
    return (
        Sample(
            id="squares",
            title="Squares of primes",
            description="Writes and runs a small Python program, saves a file and reports the sum that it computed.",
            configuration={
                "objective": (
                    "Add up the squares of all prime numbers below 100, save the list of primes in primes.txt, "
                    "and tell me the sum."
                ),
                "model": scripted_model("miniagi", "squares"),
            },
            script=templates / "squares.yaml",
        ),
        Sample(
            id="shell",
            title="Notes counted in the shell",
            description="Makes files in the shell, counts and reads them, and lets a critic judge each step.",
            configuration={
                "objective": (
                    "Write three short notes into the folder notes, count the files and their lines into report.txt, "
                    "read the report and tell me what it says."
                ),
                "model": scripted_model("miniagi", "shell"),
                "enable_critic": True,
            },
            script=templates / "shell.yaml",
        ),
    )
