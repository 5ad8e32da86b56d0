"""OpenAI's client of 2023 (0.27), which frameworks still bring, in an environment of its own beside ours."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import upstream
import uv
from upstream import Provider

from orchestra.domain.model_calls import CallStatus

if TYPE_CHECKING:
    from conftest import Gateway

VERSION = "openai==0.27.10"
SCRIPT = """
import asyncio, json, sys
import openai
openai.api_base, openai.api_key, model = sys.argv[1:4]
said = {}
asked = {"messages": [{"role": "user", "content": "my name is Ada"}]}
said["chat"] = openai.ChatCompletion.create(model=model, **asked).choices[0].message.content
stream = openai.ChatCompletion.create(model=model, stream=True, **asked)
said["stream"] = "".join(chunk.choices[0].delta.get("content") or "" for chunk in stream)
said["async"] = asyncio.run(openai.ChatCompletion.acreate(model=model, **asked)).choices[0].message.content
said["completion"] = openai.Completion.create(model=model, prompt="my name is Ada").choices[0].text
said["engine"] = openai.Completion.create(engine=model, prompt="my name is Ada").choices[0].text
parts = openai.Completion.create(engine=model, prompt="my name is Ada", stream=True)
said["engine stream"] = "".join(part.choices[0].text for part in parts)
said["embeddings"] = len(openai.Embedding.create(engine=model, input=[[1, 2], [3]], encoding_format="base64").data)
said["models"] = model in [one.id for one in openai.Model.list().data]
def error_of(call):
    try:
        call()
    except openai.error.OpenAIError as error:
        return [type(error).__name__, error.http_status]
    return None
said["unknown"] = error_of(lambda: openai.ChatCompletion.create(model="gpt-9", **asked))
openai.api_key = "ao_stranger"
said["stranger"] = error_of(lambda: openai.ChatCompletion.create(model=model, **asked))
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def old_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has the old client; skips where no index has it."""
    folder = tmp_path_factory.mktemp("old client")
    python = folder / "bin" / "python"
    tool = uv.find_uv_bin()
    subprocess.run([tool, "venv", "--quiet", "--python", sys.executable, str(folder), "--clear"], check=True)
    install = [tool, "pip", "install", "--quiet", "--python", str(python), VERSION]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"{VERSION} cannot be installed here: {done.stderr[-300:]}")
    return python


def run(python: Path, gateway: Gateway, script: str, model: str) -> Any:
    url = f"http://127.0.0.1:{gateway.server.port}/llm/v1"
    done = subprocess.run(
        [str(python), "-I", "-c", script, url, gateway.key, model],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("model", ["echo", "talk"])
def test_the_old_client_works_in_every_format_it_has(
    old_python: Path, gateway: Gateway, provider: Provider, model: str
) -> None:
    gateway.passes_to(provider, "echo")
    words = "my name is Ada" if model == "echo" else "Hello Ada, that is $5."
    assert run(old_python, gateway, SCRIPT, model) == {
        **dict.fromkeys(("chat", "stream", "async", "completion", "engine", "engine stream"), words),
        "embeddings": 2,
        "models": True,
        "unknown": ["InvalidRequestError", 404],
        "stranger": ["AuthenticationError", 401],
    }
    assert [record.status for record in gateway.settled] == [CallStatus.COMPLETED] * 7


CUT = """
import json, sys
import openai
openai.api_base, openai.api_key, model = sys.argv[1:4]
try:
    for chunk in openai.ChatCompletion.create(model=model, messages=[{"role": "user", "content": "x"}], stream=True):
        pass
    print("null")
except openai.error.OpenAIError as error:
    print(json.dumps(str(error)))
"""


def test_the_old_client_hears_of_a_stream_that_is_cut(old_python: Path, gateway: Gateway, provider: Provider) -> None:
    gateway.passes_to(provider, "words-20")
    provider.always(upstream.cut(after_events=8))
    assert "broke" in (run(old_python, gateway, CUT, "words-20") or "")
