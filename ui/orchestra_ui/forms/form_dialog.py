"""A dialog around a form: keeps what was typed, or tells at its fields why that cannot be."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from nicegui import ui

from orchestra.errors import Fault, Invalid
from orchestra_ui.parts.dialogs import dialog_frame
from orchestra_ui.parts.elements import Text, box, button
from orchestra_ui.parts.feedback import attempt, tell

F = TypeVar("F", bound="Form")


class Form(Protocol):
    def show_faults(self, faults: Sequence[Fault]) -> list[Fault]:
        """Tell the faults at their fields; those that have none are given back."""
        ...


async def _nothing() -> None:
    pass


def form_dialog(
    title: str,
    verb: str,
    make: Callable[[], F],
    keep: Callable[[F], str],
    kept: Callable[[], Awaitable[None]] = _nothing,
    more: tuple[str, Callable[[], Awaitable[None]]] | None = None,
) -> ui.dialog:
    """A dialog with the form that `make` draws; `keep` makes or changes something of it, and says so in a sentence.

    `kept` follows once that was done; `more` is another button, and what it does instead.
    """
    with dialog_frame(title) as dialog:
        form = make()
        problem = Text("", "div", "fault foreign")
        problem.props["role"] = "alert"

        async def go() -> None:
            sure.disable()
            problem.show("")
            try:
                said = await attempt(lambda: keep(form))
            except Invalid as error:
                said = None
                left = form.show_faults(error.faults)
                problem.show(error.message if left else "")
            finally:
                if not sure.is_deleted:
                    sure.enable()
            if said is not None:
                dialog.close()
                tell(said)
                await kept()
                leave()

        def leave() -> None:
            """It is drawn anew each time; what was typed, a key perhaps, stays nowhere."""
            if not dialog.is_deleted:
                dialog.close()
                dialog.delete()

        async def do_more() -> None:
            dialog.close()
            if more is not None:
                await more[1]()
            leave()

        dialog.on("hide", leave, args=[])
        with box("actions"):
            if more is not None:
                button(more[0], do_more, "quiet")
            button("Not now", leave)
            sure = button(verb, go, "main")
    return dialog
