"""BabyAGI as a framework: the server half, which only describes it."""

from collections.abc import Sequence
from pathlib import Path

from orchestra.domain.frameworks import Framework
from orchestra.hookspecs import hookimpl

from .config import BabyAgiConfig
from .projects import read_project
from .samples import samples

ORCHESTRA_API = 1

_FOLDER = Path(__file__).parent


@hookimpl
def orchestra_frameworks() -> Sequence[Framework]:
    return [
        Framework(
            id="babyagi",
            title="BabyAGI",
            description=(
                "The original task loop, which does a task, makes new ones of its result and ranks them, written anew "
                "from its published description; and functionz (babyagi 0.1.4), which reasons and calls functions."
            ),
            homepage="https://github.com/yoheinakajima/babyagi",
            license="MIT",
            python=">=3.11,<3.14",  # functionz reads functions by parts of ast that 3.14 has no more
            version="0.1.4",
            config_schema=BabyAgiConfig.model_json_schema(),
            worker=_FOLDER / "worker",
            samples=samples(_FOLDER / "templates"),
            fork_safe=True,
            requirements=_FOLDER / "requirements.lock",
            second_step=_FOLDER / "second_step.lock",
            imports=("cryptography.fernet", "flask", "sqlalchemy.orm"),
            size_bytes=50_000_000,
            read_project=read_project,
        )
    ]
