"""Stands for metagpt/actions/di/execute_nb_code.py in the environment, which has no notebooks.

Only MetaGPT's DataInterpreter needs them.
"""

# MetaGPT is in its own environment, not in ours.
# pyright: reportMissingImports=false

from typing import Any

from metagpt.actions.action import Action


class ExecuteNbCode(Action):
    """Says so when it is to run."""

    async def run(self, *_: Any, **__: Any) -> Any:
        raise ImportError("notebooks are left out of MetaGPT's environment, so the DataInterpreter cannot run")
