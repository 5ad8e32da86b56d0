"""Makes a run's output of what a team came to."""

# AutoGen is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

from typing import Any

from autogen_agentchat.messages import BaseChatMessage


def output_of(result: Any, ending: str) -> dict[str, Any]:
    """`answer` is the last message that says more than the text which the team ends with."""
    if result is None:
        return {"answer": "", "messages": 0}
    texts = [one.to_text() for one in result.messages if isinstance(one, BaseChatMessage)]
    answers = [text for text in texts if text.strip() and text.strip() != ending.strip()]
    return {
        "answer": answers[-1] if answers else "",
        "messages": len(texts),
        **({"stopReason": result.stop_reason} if result.stop_reason else {}),
    }
