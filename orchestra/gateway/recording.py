"""Makes a script for the scripted model of the model calls that an execution has made."""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from orchestra.domain.kept_calls import KeptCall
from orchestra.domain.model_calls import CallStatus, WireFormat
from orchestra.gateway.chat import text_of
from orchestra.gateway.errors import CallError
from orchestra.gateway.replies.prompts import messages_in
from orchestra.gateway.requests import Asked, read_request
from orchestra.gateway.said import said_in
from orchestra.gateway.scripts import MAX_PROMPT_CHARACTERS, ToolCall

_ERRORS = range(400, 600)


def script_of(calls: Iterable[KeptCall], title: str) -> str | None:
    """The script in YAML: to the same last message at the same place of a conversation, the same reply.

    None if none of the calls can be told again. Of calls with the same prompt, the first counts; embeddings are the
    scripted model's own.
    """
    rules: list[dict[str, Any]] = []
    seen: set[tuple[object, ...]] = set()
    for call in calls:
        rule = _rule(call)
        if rule is None:
            continue
        when = rule["when"]
        key = (when["equals"], when["order"], when.get("tool"))
        if key not in seen:
            seen.add(key)
            rules.append(rule)
    if not rules:
        return None
    comment = "".join(f"# {line}\n" for line in title.splitlines())
    return comment + yaml.dump(
        {"chunk_delay_ms": 0, "rules": rules}, Dumper=_Dumper, sort_keys=False, allow_unicode=True
    )


def _rule(call: KeptCall) -> dict[str, Any] | None:
    record = call.record
    if record.format is WireFormat.EMBEDDINGS or not call.has_bodies or record.status is CallStatus.REFUSED:
        return None
    try:
        asked = read_request(record.format, record.request, record.asked_model)
        messages = messages_in(asked)
    except CallError:
        return None
    prompt = text_of(messages[-1])
    if len(prompt) > MAX_PROMPT_CHARACTERS:
        return None
    order = 1 + sum(message.get("role") == "assistant" for message in messages)
    reply = _reply(call, asked)
    return None if reply is None else {"when": {"equals": prompt.strip(), "order": order}, **reply}


def _reply(call: KeptCall, asked: Asked) -> dict[str, Any] | None:
    record = call.record
    if record.status is CallStatus.FAILED:
        status = record.http_status if record.http_status in _ERRORS else 502
        return {"error": {"status": status, "message": (record.error or "The call failed.").replace("\0", "")}}
    if record.status is not CallStatus.COMPLETED:
        return None
    said = said_in(record.format, record.reply, record.streamed)
    if not said.text and not said.tool_calls:
        return None
    reply: dict[str, Any] = {}
    if said.text or not said.tool_calls:
        reply["reply"] = _escaped(said.text)
    if said.tool_calls:
        reply["tool_calls"] = [_call(one) for one in said.tool_calls]
    tokens = {"input": record.tokens.input, "output": record.tokens.output, "cached": record.tokens.cached}
    if usage := {name: count for name, count in tokens.items() if count is not None}:
        reply["usage"] = usage
    return reply


def _call(call: ToolCall) -> dict[str, Any]:
    return {"name": call.name, "arguments": _escaped(dict(call.arguments))}


def _escaped(value: Any) -> Any:
    """The value with its texts as templates that stand for themselves."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, Mapping):
        return {str(key): _escaped(inner) for key, inner in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list):
        return [_escaped(inner) for inner in value]  # pyright: ignore[reportUnknownVariableType]
    return value


class _Dumper(yaml.SafeDumper):
    """Long texts in lines of their own, and no aliases, which scripts do not have."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # YAML folds rare line breaks into blanks unless they are escaped.
    is_plain = all(character.isprintable() or character == "\n" for character in text)
    style = '"' if not is_plain else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _text)
