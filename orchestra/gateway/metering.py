"""Counts what a call used, and has it written down whatever becomes of the call."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Usage:
    """What one call used; not `complete` if it was cut off, and this is what is known."""

    model: str
    provider: str
    input_tokens: int
    output_tokens: int
    complete: bool


Meter = Callable[[int, Usage], None]
"""Writes down what a call of the execution with this number used; it may block."""


async def record(meter: Meter, number: int, usage: Usage) -> None:
    """Call the meter in a thread; once begun, it ends even if whoever waits for it is cancelled."""
    writing = asyncio.get_running_loop().run_in_executor(None, _write, meter, number, usage)
    await asyncio.shield(writing)


def _write(meter: Meter, number: int, usage: Usage) -> None:
    try:
        meter(number, usage)
    except Exception:
        log.exception("The usage of a model call could not be written down: execution %d, %s", number, usage)
        raise
