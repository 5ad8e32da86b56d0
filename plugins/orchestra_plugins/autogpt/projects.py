"""Reads `ai_settings.yaml`, in which AutoGPT keeps name, role and goals, and from the `.env` beside it the models."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from orchestra.domain.projects import FoundAgent, Project

_FILE = "ai_settings.yaml"
_MAX_BYTES = 100_000
_MOST_GOALS = 5
_MODELS = {"FAST_LLM_MODEL": "gpt-3.5-turbo", "SMART_LLM_MODEL": "gpt-4"}  # with AutoGPT's own defaults


def read_project(path: Path) -> Project | None:
    """The agent of a settings file, or of a folder with one; None if there is none, ValueError if it cannot be read."""
    file = path / _FILE if path.is_dir() else path
    if file.name not in (_FILE, "ai_settings.yml") or not file.is_file():
        return None
    settings = _read(file)
    name, role = (str(settings.get(field) or "").strip() for field in ("ai_name", "ai_role"))
    goals = settings.get("ai_goals")
    texts = [str(goal).strip() for goal in goals if str(goal).strip()] if isinstance(goals, list) else []
    if not (name and role and texts):
        raise ValueError(f"'{file.name}' needs ai_name, ai_role and ai_goals, a list.")
    models = _models_beside(file)
    configuration = {"ai_name": name, "ai_role": role, "ai_goals": texts[:_MOST_GOALS], **models}
    agent = FoundAgent(name[:200], "AutoGPT", configuration, role[:300])
    return Project(file.name, (agent,), notes=tuple(_notes(texts, models)))


def _notes(goals: Sequence[str], models: Mapping[str, str]) -> Iterator[str]:
    if len(goals) > _MOST_GOALS:
        yield f"It has {len(goals)} goals; AutoGPT takes the first {_MOST_GOALS}."
    for model in dict.fromkeys(models.values()):
        yield f"The model '{model}' is asked for at the gateway."


def _models_beside(file: Path) -> dict[str, str]:
    """What the settings' `.env` says of models, and nothing else of it: it holds secrets."""
    try:
        with file.with_name(".env").open("rb") as lines:
            text = lines.read(_MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        text = ""
    said = dict(
        re.findall(r"^(FAST_LLM_MODEL|SMART_LLM_MODEL)[ \t]*=[ \t]*[\"']?([^\s\"'#]{1,200})", text, re.MULTILINE)
    )
    return {name.lower(): said.get(name, default) for name, default in _MODELS.items()}


def _read(file: Path) -> dict[str, Any]:
    if file.stat().st_size > _MAX_BYTES:
        raise ValueError(f"'{file.name}' has more than {_MAX_BYTES:,} bytes.")
    try:
        settings: Any = yaml.safe_load(file.read_bytes())
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"'{file.name}' is no YAML: {error}") from error
    if not isinstance(settings, dict):
        raise ValueError(f"'{file.name}' has no settings in it.")  # noqa: TRY004 - a fault of the file's
    return settings
