"""The conversation of an execution: who said what, with what is being written arriving piece by piece."""

from itertools import islice

from orchestra_ui.parts.elements import Text, box, text_button
from orchestra_ui.parts.keyed import KeyedRows
from orchestra_ui.parts.moment import Moment
from orchestra_ui.timeline import ASIDE, Timeline, Utterance
from orchestra_ui.wording import count

_WINDOW = 200
_FOLDED_CHARACTERS = 600
_FOLDED_LINES = 10
_ROLES = {"system": "System", "user": "You", "assistant": "Agent", "tool": "Tool", ASIDE: "Agent"}


class Conversation:
    """Draws the newest messages; earlier ones on demand."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._window = _WINDOW
        self._empty = Text("Nothing has been said yet.", "p", "soft")
        self._earlier = text_button("", self._show_earlier)
        self._earlier.visible = False
        self._list = box("talk", aria_label="Conversation", role="log", aria_live="off")
        self._rows: KeyedRows[int, Utterance] = KeyedRows(self._list, _UtteranceRow)

    def refresh(self, *, is_over: bool = False) -> None:
        said = self._timeline.utterances
        hidden = max(0, len(said) - self._window)
        self._empty.visible = not said
        if is_over:
            self._empty.show("Nothing was said.")
        self._earlier.visible = hidden > 0
        self._earlier.show(f"Show {count(min(hidden, _WINDOW), 'earlier message')}")
        self._rows.show((utterance.key, utterance) for utterance in islice(said, hidden, None))

    def _show_earlier(self) -> None:
        self._window += _WINDOW
        self.refresh()


class _UtteranceRow:
    def __init__(self, said: Utterance) -> None:
        self._is_folded: bool | None = None
        self._shown: tuple[object, ...] | None = None
        self.root = box()
        with self.root:
            with box("said-who"):
                self._name = Text(classes="name foreign")
                self._to = Text(classes="when foreign")
                Moment.since_epoch(said.at, "clock").classes("when")
            self._text = Text("", "div", "said-text foreign")
            self._more = text_button("", self._toggle, "link-button more")
        self.show(said)

    def show(self, said: Utterance) -> None:
        state = (said.role, said.name, said.streaming, len(said.text))
        if state == self._shown:
            return
        self._shown = state
        self._role = said.role if said.role in _ROLES else "assistant"
        self._is_streaming = said.streaming
        self._name.show(said.name or _ROLES[self._role])
        self._to.show(f"to {said.to}" if said.to else "")
        self._to.visible = bool(said.to)
        self._text.show(said.text if said.role == "tool" else said.text.strip())
        is_long = len(said.text) > _FOLDED_CHARACTERS or said.text.count("\n") > _FOLDED_LINES
        foldable = said.role in ("tool", ASIDE) and is_long and not said.streaming
        if foldable and self._is_folded is None:
            self._is_folded = True
        self._more.visible = foldable
        self._look()

    def _toggle(self) -> None:
        self._is_folded = not self._is_folded
        self._look()

    def _look(self) -> None:
        streaming = " streaming" if self._is_streaming else ""
        folded = " folded" if self._is_folded else ""
        self.root.classes(replace=f"said {self._role}{streaming}{folded}")
        self._more.show("Show all of it" if self._is_folded else "Show less")
