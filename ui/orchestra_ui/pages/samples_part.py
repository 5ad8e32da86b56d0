"""A framework's samples, each with the button that runs it: its agent is made, and what it needs installed, at once."""

from collections.abc import Sequence

from nicegui import ui

from orchestra.domain.frameworks import Framework, Sample
from orchestra.domain.identity import Permission
from orchestra.services.welcome import try_sample
from orchestra_ui.context import Screen
from orchestra_ui.parts.elements import Text, box, button
from orchestra_ui.parts.feedback import attempt


def draw_samples(screen: Screen, framework: Framework) -> None:
    """The samples that run offline; nothing for a framework without any, or for who may not make agents."""
    samples = [one for one in framework.samples if one.script is not None]
    if not samples or not (screen.principal.may(Permission.WRITE) and screen.principal.may(Permission.RUN)):
        return
    _draw_list(screen, framework, samples[:1])
    if more := samples[1:]:
        with box("group", "details"):
            with box(tag="summary"):
                Text(f"{len(more)} more sample{'s' if len(more) > 1 else ''}", classes="name")
            with box("group-body"):
                _draw_list(screen, framework, more)


def _draw_list(screen: Screen, framework: Framework, samples: Sequence[Sample]) -> None:
    with box("samples", "ul", aria_label=f"Samples of {framework.title}"):
        for sample in samples:
            _draw(screen, framework, sample)


def _draw(screen: Screen, framework: Framework, sample: Sample) -> None:
    async def run() -> None:
        run_button.disable()
        execution = await attempt(lambda: try_sample(screen.services, screen.principal, framework.id, sample.id))
        run_button.enable()
        if execution is not None:
            ui.navigate.to(f"/executions/{execution.id}")

    with box("sample", "li"):
        with box("grow"):
            Text(sample.title, "div", "name foreign")
            Text(sample.description, "div", "soft foreign")
        run_button = button("Try it", run, icon="play_arrow")
        run_button.props["aria-label"] = f"Try it: {sample.title}"
