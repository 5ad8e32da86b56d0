"""Runs one of the modes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import datagen, progressive, solving
from .cast import Cast

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context, Request


def run(request: Request, context: Context) -> dict[str, Any]:
    """The mode's answer, with what is known of it."""
    configuration = request.configuration
    given = request.input.get("task")
    task = given if isinstance(given, str) and given.strip() else configuration["task"]
    mode = configuration["mode"]
    context.log(f"Orca in the mode {mode}. No weights are trained: all that is learnt is in the prompts.")
    cast = Cast(configuration, context)
    if mode == "skills":
        from . import skills  # its library is loaded for this mode alone

        return skills.perform(task, configuration["skills"]["steps"], cast, context)
    modes = {"solve": solving.solve, "progressive": progressive.progress, "datagen": datagen.generate}
    return modes[mode](task, configuration[mode], cast, context)
