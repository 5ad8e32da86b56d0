"""Dialogs that ask before something starts or goes."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from nicegui import ui

from orchestra_ui.parts.elements import Text, box, button


def confirm(title: str, sentence: str, verb: str, action: Callable[[], Awaitable[object]]) -> ui.dialog:
    """Ask for consent to what cannot be undone."""
    with dialog_frame(title) as dialog:
        Text(sentence, "p", "foreign")

        async def go() -> None:
            sure.disable()
            try:
                await action()
            finally:
                if not dialog.is_deleted:
                    dialog.close()
                    sure.enable()

        with box("actions"):
            button("Keep it", dialog.close).props("autofocus")
            sure = button(verb, go, "bad")
    return dialog


def ask_task(agent: str, run: Callable[[str], Awaitable[object]]) -> ui.dialog:
    """Ask what the agent should do; the answer may be empty."""
    with dialog_frame(f"Run {agent}") as dialog:
        with box("field"):
            label = Text("Task", "label")
            Text("What the agent should do. Left empty, it does what its configuration says.", classes="help")
            task = ui.textarea().props("autofocus outlined dense autogrow input-style=min-height:96px")
            label.props["for"] = task.props["for"] = "run-task"

        async def go() -> None:
            start.disable()
            try:
                await run(task.value or "")
            finally:
                if not start.is_deleted:
                    start.enable()

        task.on("keydown.ctrl.enter", go, args=[])
        with box("actions"):
            button("Not now", dialog.close)
            start = button("Run", go, "main", "play_arrow")
    return dialog


@contextmanager
def dialog_frame(title: str) -> Iterator[ui.dialog]:
    """A dialog with a title, to put the rest into."""
    with ui.dialog() as dialog, box("dialog"):
        dialog.props["aria-label"] = title
        Text(title, "h2", "foreign")
        yield dialog
