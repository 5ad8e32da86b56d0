"""Reads what a call asks for, as far as all formats agree, and words it for a provider."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn, cast

from orchestra.domain.model_calls import Target, WireFormat
from orchestra.domain.text import is_storable
from orchestra.gateway.errors import bad_request
from orchestra.gateway.wire.formats import FORMATS

_NAME_CHARACTERS = 500
# These tell a stream's usage unasked, and refuse parameters that they do not know.
_TELL_UNASKED = frozenset({"mistral"})
_NEWER_NAME = frozenset({"openai", "azure"})
_REACHED_BY_ALL = 1_024  # tokens


@dataclass(frozen=True, slots=True)
class Asked:
    """One call's request. `body` is what came, `fields` is what it says."""

    format: WireFormat
    model: str
    stream: bool
    include_usage: bool
    fields: Mapping[str, Any]
    body: bytes
    names_model: bool = True
    """The body names the model; an old client's address may instead."""
    below: str = ""
    """What follows the format's own address, such as /count_tokens."""
    most_output_tokens: int | None = None
    """The bound on each reply that we set, since the request sets none."""


def read_request(format: WireFormat, body: bytes, model: str | None = None, below: str = "") -> Asked:
    """What a body asks for, of `model` where the address names one; a CallError that tells the fault, if any.

    Only what concerns us is checked: the rest is the provider's to judge.
    """
    fields = read_object(body)
    names_model = model is None or "model" in fields
    if not names_model:
        fields["model"] = model
    name = fields.get("model")
    if not isinstance(name, str) or not name or len(name) > _NAME_CHARACTERS or not is_storable(name):
        raise bad_request("'model' must be a text: the name of a model.", "model")
    stream = FORMATS[format].streams and _flag(fields, "stream")
    options = fields.get("stream_options") or {}
    if not isinstance(options, dict):
        raise bad_request("'stream_options' must be an object.", "stream_options")
    include_usage = stream and _flag(cast(dict[str, Any], options), "include_usage")
    return Asked(format, name, stream, include_usage, fields, body, names_model, below)


def body_for(asked: Asked, target: Target) -> bytes:
    """What the provider is sent: the very bytes that came, unless something of ours must change."""
    changed: dict[str, Any] = {}
    if target.model != asked.model or not asked.names_model:
        changed["model"] = target.model
    if asked.most_output_tokens is not None:
        changed[_bound_of(asked.format, target)] = asked.most_output_tokens
    options = asked.fields.get("stream_options")
    if asked.stream and adds_usage(asked, target):
        changed["stream_options"] = {**(options or {}), "include_usage": True}
    drops = not asked.stream and "stream_options" in asked.fields
    if not changed and not drops:
        return asked.body
    fields = {**asked.fields, **changed}
    if drops:  # providers refuse it without a stream, and some frameworks send it all the same
        del fields["stream_options"]
    return json.dumps(fields, separators=(",", ":")).encode("ascii")


def adds_usage(asked: Asked, target: Target) -> bool:
    """True if the provider is to tell the usage of a stream, though the client did not ask for it."""
    wanted = asked.stream and FORMATS[asked.format].tells_usage_if_asked and not asked.include_usage
    return wanted and target.kind not in _TELL_UNASKED


def narrowed(asked: Asked) -> Asked | None:
    """The same with a closer bound of ours on replies: there are models that refuse one that they cannot reach.

    None if there is none that could be closer.
    """
    most = asked.most_output_tokens
    return (
        replace(asked, most_output_tokens=max(most // 4, _REACHED_BY_ALL)) if most and most > _REACHED_BY_ALL else None
    )


def _bound_of(format: WireFormat, target: Target) -> str:
    """What the bound on replies is called; OpenAI's newer models refuse the name that all others know."""
    first, *others = FORMATS[format].most_output
    return first if target.kind in _NEWER_NAME or not others else others[0]


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object that a body is; CallError if it is none."""
    try:
        asked: object = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise bad_request(f"The body is no JSON that can be read: {error}.") from error
    if not isinstance(asked, dict):
        raise bad_request("The body must be a JSON object.")
    return cast(dict[str, Any], asked)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _flag(asked: Mapping[str, Any], name: str) -> bool:
    value = asked.get(name)
    if value is not None and not isinstance(value, bool):
        raise bad_request(f"'{name}' must be true or false.", name)
    return bool(value)
