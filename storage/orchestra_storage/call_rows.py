"""Turns model calls into rows, of the database and of the history, and rows into model calls."""

import json
from datetime import UTC, date, datetime
from typing import Any

from orchestra.domain.kept_calls import Charge, KeptCall
from orchestra.domain.model_calls import CallRecord, CallStatus, Target, Tokens, WireFormat
from orchestra.domain.text import storable

Row = tuple[Any, ...]

COLUMNS: tuple[str, ...] = (
    "number", "id", "attempt", "agent_id", "started_at", "format", "asked_model", "provider_id", "provider",
    "kind", "model", "status", "http_status", "error", "input_tokens", "output_tokens", "cached_tokens",
    "cache_written_tokens", "reasoning_tokens", "is_estimated", "cost", "price_source", "price_date", "latency_ms",
    "first_token_ms", "streamed", "finish_reason", "tool_calls", "truncated_prompt", "has_bodies", "request", "reply",
)  # fmt: skip
WITHOUT_BODIES = (*COLUMNS[:-2], "NULL", "NULL")


def facts_of(call: KeptCall) -> dict[str, Any]:
    """The call as JSON, without its bodies."""
    names = COLUMNS[:-2]
    facts: dict[str, Any] = dict(zip(names, row_of(call)[: len(names)], strict=True))
    facts["started_at"] = call.record.started_at.isoformat()
    facts["price_date"] = None if call.charge.as_of is None else call.charge.as_of.isoformat()
    return facts


def call_of_facts(facts: dict[str, Any], request: bytes | None, reply: bytes | None) -> KeptCall:
    values = {
        **facts,
        "started_at": datetime.fromisoformat(facts["started_at"]).astimezone(UTC).replace(tzinfo=None),
        "price_date": None if facts["price_date"] is None else date.fromisoformat(facts["price_date"]),
    }
    return call_of((*(values[name] for name in COLUMNS[:-2]), request, reply))


def row_of(call: KeptCall) -> Row:
    """The values of `COLUMNS`."""
    record, charge = call.record, call.charge
    target, tokens = record.target, record.tokens
    return (
        record.number,
        record.id,
        record.attempt,
        call.agent_id,
        record.started_at.astimezone(UTC).replace(tzinfo=None),
        record.format.value,
        storable(record.asked_model),
        None if target is None else target.provider_id,
        None if target is None else storable(target.provider_name),
        None if target is None else target.kind,
        None if target is None else storable(target.model),
        record.status.value,
        record.http_status,
        None if record.error is None else storable(record.error),
        tokens.input,
        tokens.output,
        tokens.cached,
        tokens.cache_written,
        tokens.reasoning,
        tokens.estimated,
        charge.cost,
        charge.source,
        charge.as_of,
        record.latency_ms,
        record.first_token_ms,
        record.streamed,
        None if record.finish_reason is None else storable(record.finish_reason),
        json.dumps(list(record.tool_calls)),
        record.truncated_prompt,
        call.has_bodies,
        record.request if call.has_bodies else None,
        record.reply if call.has_bodies else None,
    )


def call_of(row: Row) -> KeptCall:
    """What `row_of` has written."""
    value = dict(zip(COLUMNS, row, strict=True))
    target = None
    if value["provider_id"] is not None:
        target = Target(value["provider_id"], value["provider"], value["kind"], value["model"])
    record = CallRecord(
        id=value["id"],
        number=value["number"],
        attempt=value["attempt"],
        format=WireFormat(value["format"]),
        asked_model=value["asked_model"],
        target=target,
        status=CallStatus(value["status"]),
        http_status=value["http_status"],
        error=value["error"],
        tokens=Tokens(
            value["input_tokens"],
            value["output_tokens"],
            value["cached_tokens"],
            value["cache_written_tokens"],
            value["reasoning_tokens"],
            value["is_estimated"],
        ),
        started_at=value["started_at"].replace(tzinfo=UTC),
        latency_ms=value["latency_ms"],
        first_token_ms=value["first_token_ms"],
        request=value["request"] or b"",
        reply=value["reply"] or b"",
        streamed=value["streamed"],
        finish_reason=value["finish_reason"],
        tool_calls=tuple(json.loads(value["tool_calls"])),
        truncated_prompt=value["truncated_prompt"],
    )
    return KeptCall(
        record,
        value["agent_id"],
        Charge(value["cost"], value["price_source"], value["price_date"]),
        value["has_bodies"],
    )
