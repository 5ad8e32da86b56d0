"""Makes of a MetaGPT message what people can read."""

from __future__ import annotations

import json
from typing import Any


def text_of(message: Any) -> str:
    """Its documents, each below its path, if it carries some; what it says otherwise, or else what was done."""
    carried = getattr(message, "instruct_content", None)
    documents = getattr(carried, "docs", None)
    if isinstance(documents, dict) and documents:
        return "\n\n".join(f"{_path_of(one)}:\n{one.content}" for one in documents.values())
    text = str(message.content)
    return _tests_in(text) or text or f"{short_name(message.cause_by)} is done."


def short_name(reference: str) -> str:
    """The class of what MetaGPT calls by its whole path, as in metagpt.actions.write_prd.WritePRD."""
    return reference.rpartition(".")[2]


def _tests_in(text: str) -> str | None:
    """What a QaEngineer's message is about, which consists of everything that is needed to run a test."""
    try:
        told = json.loads(text)
        return f"{told['test_filename']}, the tests of {told['code_filename']}"
    except (ValueError, TypeError, KeyError):
        return None


def _path_of(document: Any) -> str:
    return "/".join(part for part in (str(document.root_path or ""), str(document.filename)) if part)
