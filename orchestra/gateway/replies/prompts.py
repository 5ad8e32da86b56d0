"""What a scripted model is asked, as the messages of a chat, whatever the format."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from orchestra.domain.model_calls import WireFormat
from orchestra.domain.text import unstorable
from orchestra.gateway.chat import checked_messages
from orchestra.gateway.errors import bad_request
from orchestra.gateway.requests import Asked
from orchestra.gateway.wire.reading import Object, objects_in

Message = dict[str, Any]


def messages_in(asked: Asked) -> list[Message]:
    """At least one message; a CallError that names the fault if the request holds none."""
    for fault in unstorable(asked.fields):
        raise bad_request(f"{fault.message} See {fault.pointer[:200]}.", fault.pointer[1:200].split("/")[0] or None)
    if asked.fields.get("n") not in (None, 1):
        raise bad_request("A call gives one choice here. Leave out 'n', or send 1.", "n")
    match asked.format:
        case WireFormat.COMPLETIONS:
            return [_of_prompt(asked.fields.get("prompt"))]
        case WireFormat.RESPONSES:
            return list(_of_responses(asked.fields))
        case WireFormat.MESSAGES:
            return list(_of_anthropic(asked.fields))
        case _:
            return checked_messages(asked.fields.get("messages"))


def _of_prompt(prompt: object) -> Message:
    """A text, or a list of one."""
    if isinstance(prompt, list) and len(cast(list[object], prompt)) == 1:
        prompt = cast(list[object], prompt)[0]
    if not isinstance(prompt, str):
        raise bad_request(
            "'prompt' must be a text: the scripted model reads no tokens, and one prompt a call.", "prompt"
        )
    return {"role": "user", "content": prompt}


def _of_responses(fields: Mapping[str, Any]) -> Iterator[Message]:
    if isinstance(instructions := fields.get("instructions"), str):
        yield {"role": "system", "content": instructions}
    given = fields.get("input")
    if isinstance(given, str):
        yield {"role": "user", "content": given}
        return
    if not isinstance(given, list) or not given:
        raise bad_request("'input' must be a text or a list of at least one item.", "input")
    for index, item in enumerate(cast(list[object], given)):
        if not isinstance(item, dict):
            raise bad_request(f"'input[{index}]' must be an object.", f"input[{index}]")
        yield _of_item(cast(Message, item))


def _of_item(item: Message) -> Message:
    match item.get("type", "message"):
        case "function_call":
            return {
                "role": "assistant",
                "content": None,
                "tool_calls": [_call(item.get("name"), item.get("arguments"))],
            }
        case "function_call_output":
            output = item.get("output")
            return {"role": "tool", "content": output if isinstance(output, str | list) else json.dumps(output)}
        case "message":
            return {"role": item.get("role", "user"), "content": item.get("content")}
        case _:
            return {"role": "assistant", "content": None}


def _of_anthropic(fields: Mapping[str, Any]) -> Iterator[Message]:
    system = fields.get("system")
    if system:
        yield {"role": "system", "content": system}
    for message in checked_messages(fields.get("messages")):
        yield from _of_blocks(message)


def _of_blocks(message: Message) -> Iterator[Message]:
    """A message; each result of a tool becomes one of its own, as in OpenAI's chats."""
    results = [block for block in objects_in(message, "content") if block.get("type") == "tool_result"]
    for result in results:
        yield {"role": "tool", "content": result.get("content")}
    rest: list[Object] = [block for block in objects_in(message, "content") if block.get("type") != "tool_result"]
    if not results:
        calls = [_call(block.get("name"), block.get("input")) for block in rest if block.get("type") == "tool_use"]
        yield {**message, "tool_calls": calls} if calls else message
    elif rest:
        yield {"role": message["role"], "content": rest}


def _call(name: object, arguments: object) -> Message:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return {"type": "function", "function": {"name": name, "arguments": text}}
