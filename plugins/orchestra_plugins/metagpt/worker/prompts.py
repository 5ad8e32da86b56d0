"""Fills the prompts of actions; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

_PLACEHOLDER = re.compile(r"\{(context|last|idea)\}")


def filled(prompt: str, said: Sequence[tuple[str, str]], idea: str) -> str:
    """The prompt with its placeholders replaced; other braces stay, since prompts may well show JSON.

    `said` has what the role has read, from the first to the last: who said it, and what.
    """
    context = "\n".join(f"{who}: {what}" for who, what in said)
    values = {"context": context, "last": said[-1][1] if said else "", "idea": idea}
    return _PLACEHOLDER.sub(lambda found: values[found[1]], prompt)
