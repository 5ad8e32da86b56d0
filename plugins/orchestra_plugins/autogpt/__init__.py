"""AutoGPT as a framework: the server half, which only describes it."""

from collections.abc import Sequence
from pathlib import Path

from orchestra.domain.frameworks import Framework
from orchestra.hookspecs import hookimpl

from .config import AutoGptConfig
from .projects import read_project
from .samples import samples

ORCHESTRA_API = 1

_FOLDER = Path(__file__).parent


@hookimpl
def orchestra_frameworks() -> Sequence[Framework]:
    return [
        Framework(
            id="autogpt",
            title="AutoGPT",
            description=(
                "The classic AutoGPT: towards up to five goals it thinks, plans, criticises itself and chooses one "
                "command after the other, which a person authorises, or which it executes by itself up to a limit."
            ),
            homepage="https://github.com/Significant-Gravitas/AutoGPT",
            license="MIT",
            python=">=3.11",
            version="0.2.2",
            config_schema=AutoGptConfig.model_json_schema(),
            worker=_FOLDER / "worker",
            samples=samples(_FOLDER / "templates"),
            fork_safe=True,
            requirements=_FOLDER / "requirements.lock",
            second_step=_FOLDER / "second_step.lock",
            imports=("bs4", "dotenv", "numpy", "openai", "orjson", "regex", "requests", "autogpt.config"),
            size_bytes=90_000_000,
            read_project=read_project,
        )
    ]
