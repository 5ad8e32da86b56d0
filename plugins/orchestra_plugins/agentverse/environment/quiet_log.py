"""Stands for agentverse/logging.py in the environment.

AgentVerse's own writes files beside the package, and simulates a typewriter. This one hands what is logged to Python's
logger "agentverse".
"""

import logging
from typing import Any

_LOGGER = logging.getLogger("agentverse")
_LOGGER.propagate = False


class Logger:
    """What AgentVerse calls its logger by; titles and colours come with a line in no order that could be relied on."""

    def debug(self, message: Any, title: Any = "", title_color: Any = "") -> None:
        _LOGGER.debug("%s", _joined(title, message))

    def info(self, message: Any, title: Any = "", title_color: Any = "") -> None:
        _LOGGER.info("%s", _joined(title, message))

    def warn(self, message: Any, title: Any = "", title_color: Any = "") -> None:
        _LOGGER.warning("%s", _joined(title, message))

    def error(self, title: Any, message: Any = "") -> None:
        _LOGGER.error("%s", _joined(title, message))

    def log_prompt(self, prompt: Any) -> None:
        """Prompts are the gateway's to keep."""


logger = Logger()


def get_logger() -> Logger:
    return logger


def typewriter_log(content: Any = "", color: Any = "", level: int = logging.INFO) -> None:
    _LOGGER.log(level, "%s", content)


def _joined(*parts: Any) -> str:
    return " ".join(str(part) for part in parts if part not in ("", None))
