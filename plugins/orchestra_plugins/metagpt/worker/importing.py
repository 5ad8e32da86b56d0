"""Imports MetaGPT, which reads its configuration and opens a log file while it is imported."""

# MetaGPT is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from loguru import logger

from . import standins

# It wants a complete configuration; the run's own takes its place (see settings) before anything is made.
_CONFIGURATION = {
    "llm": {"api_type": "openai", "base_url": "http://127.0.0.1:9/v1", "api_key": "none", "model": "none"}
}


def import_metagpt() -> None:
    """Import it once, from a home that is a temporary folder: it finds no configuration but ours, and leaves no log."""
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # a process with threads cannot be forked
    os.environ["GIT_PYTHON_REFRESH"] = "quiet"  # a machine without git can still run a sop
    standins.install()
    home = os.environ.get("HOME")
    with tempfile.TemporaryDirectory(prefix="metagpt-") as folder:
        configuration = Path(folder, "config", "config2.yaml")
        configuration.parent.mkdir()
        configuration.write_text(json.dumps(_CONFIGURATION), "utf-8")  # JSON is YAML
        os.environ["HOME"] = os.environ["METAGPT_PROJECT_ROOT"] = folder
        try:
            logger.remove()
            import metagpt.roles
            import metagpt.team  # noqa: F401 - who needs them finds them imported
        finally:
            os.environ.pop("METAGPT_PROJECT_ROOT", None)
            os.environ.pop("HOME", None) if home is None else os.environ.update(HOME=home)
        logger.remove()
