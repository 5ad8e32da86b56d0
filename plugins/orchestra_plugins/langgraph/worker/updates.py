"""Shows what nodes did to the state: messages that no model was heard saying, and which other parts changed."""

# LangGraph is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from langchain_core.messages import convert_to_messages

from .plain import is_message, plain, text_of
from .steps import Steps, is_plumbing

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_SHOWN_CHARACTERS = 2000


class Updates:
    def __init__(self, context: Context, steps: Steps) -> None:
        self._context = context
        self._steps = steps
        self._without_id: Counter[str] = Counter()

    def see(self, payload: Any) -> None:
        """What nodes gave: node → what it changed in the state."""
        if not isinstance(payload, Mapping):
            return
        for node, update in payload.items():
            if isinstance(update, Mapping) and not is_plumbing(str(node)):
                self._see_node(str(node), update)

    def see_custom(self, payload: Any) -> None:
        """What a node wrote by its stream writer."""
        shown = payload if isinstance(payload, str) else json.dumps(plain(payload), ensure_ascii=False)
        self._context.log(shown[:_SHOWN_CHARACTERS])

    def _see_node(self, node: str, update: Mapping[str, Any]) -> None:
        changed: dict[str, Any] = {}
        for key, value in update.items():
            messages = _messages_of(value, may_be_raw=key == "messages")
            for message in messages:
                self._say(node, message)
            if not messages and value is not None:
                changed[str(key)] = plain(value)
        if changed:
            shown = json.dumps(changed, ensure_ascii=False)[:_SHOWN_CHARACTERS]
            self._context.log(f"{node}: {', '.join(changed)}", level="DEBUG", state=shown)

    def _say(self, node: str, message: Any) -> None:
        text = text_of(message)
        if message.type != "ai" or not text or self._was_said(message.id, text):
            return
        self._context.message(text, name=getattr(message, "name", None) or node)

    def _was_said(self, identity: str | None, text: str) -> bool:
        """Whether it was shown before: a graph gives what its subgraphs gave once more, and only then with an id."""
        if identity is None:
            self._without_id[text] += 1
            return False
        if identity in self._steps.said:
            return True
        self._steps.said.add(identity)
        was_said = self._without_id[text] > 0
        self._without_id[text] -= was_said
        return was_said


def _messages_of(value: Any, *, may_be_raw: bool) -> list[Any]:
    """The messages in a part of the state; one called `messages` may also hold them as tuples and mappings."""
    values = value if isinstance(value, list) else [value]
    if may_be_raw and not all(map(is_message, values)):
        try:
            return convert_to_messages(values)
        except (ValueError, NotImplementedError, TypeError, KeyError):
            return []
    return [one for one in values if is_message(one)]
