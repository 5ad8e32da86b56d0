"""Shows what nodes did to the state: messages that no model was heard saying, and which other parts changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .plain import is_message, plain, text_of
from .steps import Steps, is_plumbing

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context

_SHOWN_CHARACTERS = 2000


class Updates:
    def __init__(self, context: Context, steps: Steps) -> None:
        self._context = context
        self._steps = steps

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
            messages = [one for one in (value if isinstance(value, list) else [value]) if is_message(one)]
            for message in messages:
                self._say(node, message)
            if not messages and value is not None:
                changed[str(key)] = plain(value)
        if changed:
            shown = json.dumps(changed, ensure_ascii=False)[:_SHOWN_CHARACTERS]
            self._context.log(f"{node}: {', '.join(changed)}", level="DEBUG", state=shown)

    def _say(self, node: str, message: Any) -> None:
        identity = getattr(message, "id", None)
        if message.type != "ai" or (identity and identity in self._steps.said):
            return
        if identity:
            self._steps.said.add(identity)
        if text := text_of(message):
            self._context.message(text, name=getattr(message, "name", None) or node)
