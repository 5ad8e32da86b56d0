"""MiniAGI as a framework: the server half, which only describes it."""

from collections.abc import Sequence
from pathlib import Path

from orchestra.domain.frameworks import Framework
from orchestra.hookspecs import hookimpl

from .config import MiniAgiConfig
from .samples import samples

ORCHESTRA_API = 1

_FOLDER = Path(__file__).parent


@hookimpl
def orchestra_frameworks() -> Sequence[Framework]:
    return [
        Framework(
            id="miniagi",
            title="MiniAGI",
            description=(
                "A small autonomous agent: it thinks, acts by one command, remembers a summary, and may be criticised "
                "after each step. Written anew from the published description of muellerberndt/mini-agi (MIT); it "
                "shares no code with it and needs nothing but Python."
            ),
            homepage="https://github.com/muellerberndt/mini-agi",
            license="MIT",
            python=">=3.9",
            version="1",
            config_schema=MiniAgiConfig.model_json_schema(),
            worker=_FOLDER / "worker",
            samples=samples(_FOLDER / "templates"),
            fork_safe=True,
        )
    ]
