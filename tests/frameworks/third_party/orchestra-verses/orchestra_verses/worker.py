"""Verses: the worker half."""

import json
import urllib.error
import urllib.request

import pydantic
from pydantic import BaseModel, validator  # validator is pydantic 1's word


class Poem(BaseModel):
    lines: list

    @validator("lines")
    def has_lines(cls, lines):
        if not lines:
            raise ValueError("no lines")
        return lines


def run(request, context):
    with context.step("write", type="llm") as step:
        poem = Poem.parse_obj({"lines": ask(request, context).splitlines()})
        step.result(lines=len(poem.lines))
    context.message("\n".join(poem.lines), name="Verses")
    return {"answer": "\n".join(poem.lines), "pydantic": pydantic.VERSION}


def ask(request, context) -> str:
    messages = [{"role": "user", "content": request.input.get("task", "Write about the sea.")}]
    body = {"model": request.configuration["model"], "messages": messages}
    headers = {"Content-Type": "application/json", "Authorization": "Bearer " + context.gateway_key}
    call = urllib.request.Request(context.gateway_url + "/chat/completions", json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(call) as response:
            return json.load(response)["choices"][0]["message"]["content"]
    except urllib.error.HTTPError as error:
        with error:
            context.fail(f"The model did not answer (HTTP {error.code}).", failure="model_refused")
            raise
