"""Questions that a run puts to people, and what counts as an answer."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from orchestra.worker import protocol

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LATEST_SECONDS = 253_402_300_799  # the end of the year 9999


@dataclass(frozen=True, slots=True)
class Question:
    """A question that is open: `schema` is a JSON Schema of the answer; without it and `choices`, it is a text.

    Times are UTC; without `expires` it is waited for as long as the run may last.
    """

    id: str
    question: str
    since: datetime
    choices: tuple[str, ...] = ()
    schema: Mapping[str, Any] | None = None
    expires: datetime | None = None


def question_of(data: Mapping[str, Any], text: str | None, at: float) -> Question | None:
    """The question in an event that a worker wrote at `at`, read without trust; None if it cannot be answered."""
    identifier, expires = data.get("id"), data.get("expiresAt")
    choices, schema = data.get("choices"), data.get("schema")
    if not isinstance(identifier, str) or not _ID.fullmatch(identifier):
        return None
    listed = cast(Sequence[object], choices) if isinstance(choices, list) else ()
    texts = tuple(choice for choice in listed if isinstance(choice, str) and len(choice) <= protocol.MAX_CHOICE)
    if not isinstance(schema, dict) or len(json.dumps(schema, default=str)) > protocol.MAX_SCHEMA:
        schema = None
    return Question(
        id=identifier,
        question=(text or "")[: protocol.MAX_QUESTION],
        since=_moment(at),
        choices=texts[: protocol.MAX_CHOICES],
        schema=cast(Mapping[str, Any] | None, schema),
        expires=_moment(expires) if isinstance(expires, int | float) and not isinstance(expires, bool) else None,
    )


def facts_of(question: Question) -> dict[str, Any]:
    """The question as JSON, in the field names of the REST contract; `question_from` reads it."""
    facts: dict[str, Any] = {"id": question.id, "question": question.question, "since": question.since.isoformat()}
    if question.choices:
        facts["choices"] = list(question.choices)
    if question.schema is not None:
        facts["schema"] = dict(question.schema)
    if question.expires is not None:
        facts["expires"] = question.expires.isoformat()
    return facts


def question_from(facts: Mapping[str, Any]) -> Question:
    return Question(
        id=facts["id"],
        question=facts["question"],
        since=datetime.fromisoformat(facts["since"]),
        choices=tuple(facts.get("choices", ())),
        schema=facts.get("schema"),
        expires=datetime.fromisoformat(facts["expires"]) if "expires" in facts else None,
    )


def _moment(seconds: float) -> datetime:
    """A worker's clock may say anything: what is no moment becomes the nearest that is."""
    return datetime.fromtimestamp(min(max(seconds, 0.0), _LATEST_SECONDS) if seconds == seconds else 0.0, UTC)
