"""Makes MetaGPT's configuration of a run's, and puts it where MetaGPT looks for it."""

# MetaGPT is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import metagpt.config2
from metagpt.configs.models_config import ModelsConfig
from metagpt.context import Context as MetaGptContext

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

WORKSPACE = "workspace"
_TIMEOUT_SECONDS = 600


def apply(configuration: Mapping[str, Any], context: Context) -> Any:
    """A `metagpt.context.Context` for this run; what MetaGPT makes without being given one has the same settings."""
    config = metagpt.config2.Config(
        llm=_llm(configuration, context),
        workspace={"path": Path(context.folder, WORKSPACE)},
        mermaid={"engine": "none"},  # the diagrams stay as text; drawing them needs node.js or a browser
        project_name=configuration.get("project_name", ""),
        code_review_k_times=int(configuration.get("code_review_k_times", 2)),
        repair_llm_output=bool(configuration.get("repair_llm_output")),
    )
    # MetaGPT keeps two that it made when it was imported, and copies the second for whatever is given no context.
    for known in (metagpt.config2.config, MetaGptContext.model_fields["config"].default):
        for name in metagpt.config2.Config.model_fields:
            setattr(known, name, getattr(config, name))
    ModelsConfig.default = classmethod(lambda cls: cls())  # it would look for a config2.yaml at every action
    return MetaGptContext(config=config)


def with_model(made: Any, model: str) -> Any:
    """The configuration for a role whose model is another one than the team's."""
    config = made.config.model_copy()
    config.llm = made.config.llm.model_copy(update={"model": model})
    return config


def _llm(configuration: Mapping[str, Any], context: Context) -> dict[str, Any]:
    return {
        "api_type": "openai",
        "base_url": context.gateway_url,
        "api_key": context.gateway_key,
        "model": configuration["model"],
        "temperature": configuration.get("temperature", 0.0),
        "max_token": int(configuration.get("max_token", 4096)),
        "timeout": _TIMEOUT_SECONDS,
        "stream": True,
        "calc_usage": False,  # the gateway counts; MetaGPT would fetch tables from the network for it
    }
