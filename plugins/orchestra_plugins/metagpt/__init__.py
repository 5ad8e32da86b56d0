"""MetaGPT as a framework: the server half, which only describes it."""

from collections.abc import Sequence
from pathlib import Path

from orchestra.domain.frameworks import Framework
from orchestra.hookspecs import hookimpl

from .config import MetaGptConfig
from .samples import samples

ORCHESTRA_API = 1

_FOLDER = Path(__file__).parent


@hookimpl
def orchestra_frameworks() -> Sequence[Framework]:
    return [
        Framework(
            id="metagpt",
            title="MetaGPT",
            description=(
                "Roles that work by a standard operating procedure, each waiting for what others have done: a team of "
                "your own roles and actions, or MetaGPT's software company, which makes a program of one idea."
            ),
            homepage="https://github.com/FoundationAgents/MetaGPT",
            license="MIT",
            python=">=3.11,<3.12",
            version="0.8.2",
            config_schema=MetaGptConfig.model_json_schema(),
            worker=_FOLDER / "worker",
            samples=samples(_FOLDER / "templates"),
            fork_safe=True,
            requirements=_FOLDER / "requirements.lock",
            second_step=_FOLDER / "second_step.lock",
            imports=("aiofiles", "git", "gymnasium", "loguru", "numpy", "openai", "tree_sitter_python"),
            environment_files={
                # Those that import what nothing here needs: notebooks, a dozen vendors' SDKs, a browser.
                "site-packages/metagpt/actions/di/execute_nb_code.py": _FOLDER / "environment" / "execute_nb_code.py",
                "site-packages/metagpt/provider/__init__.py": _FOLDER / "environment" / "provider.py",
                "site-packages/metagpt/tools/libs/__init__.py": _FOLDER / "environment" / "tool_libs.py",
            },
            size_bytes=125_000_000,
        )
    ]
