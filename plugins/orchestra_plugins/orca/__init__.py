"""Orca as a framework: the server half, which only describes it."""

from collections.abc import Sequence
from pathlib import Path

from orchestra.domain.frameworks import Framework
from orchestra.hookspecs import hookimpl

from .config import OrcaConfig
from .samples import samples

ORCHESTRA_API = 1

_FOLDER = Path(__file__).parent


@hookimpl
def orchestra_frameworks() -> Sequence[Framework]:
    return [
        Framework(
            id="orca",
            title="Orca",
            description=(
                "Microsoft Orca's published methods, by prompting alone: no weights are trained. A strategy is chosen "
                "for the task and the answer verified; a student answers after explanations by two teachers; or "
                "training data is written from a text. Written anew from the papers, which came without code. Skills "
                "of orca-agent-skills (Apache-2.0), another project of that name, as a fourth mode."
            ),
            homepage="https://arxiv.org/abs/2306.02707",
            license="Apache-2.0",
            python=">=3.11",
            version="1.0.2",
            config_schema=OrcaConfig.model_json_schema(),
            worker=_FOLDER / "worker",
            samples=samples(_FOLDER / "templates"),
            fork_safe=True,
            requirements=_FOLDER / "requirements.lock",
            imports=("runtime.engine_factory", "runtime.models", "yaml"),
            size_bytes=8_000_000,
        )
    ]
