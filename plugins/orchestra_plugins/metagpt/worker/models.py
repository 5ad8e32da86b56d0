"""The client by which every role asks the gateway: shows what comes, and lets no refusal pass for a reply."""

# MetaGPT is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import openai
from metagpt.configs.llm_config import LLMType
from metagpt.logs import set_llm_stream_logfunc
from metagpt.provider.human_provider import HumanProvider
from metagpt.provider.llm_provider_registry import register_provider
from metagpt.provider.openai_api import OpenAILLM

from .refusals import failure_of, sentence_of
from .speakers import speaker

if TYPE_CHECKING:
    from orchestra.worker.adapter import Context


def provide(context: Context) -> None:
    """Let MetaGPT make these clients from now on, and ask people where a role is human."""

    class GatewayLLM(OpenAILLM):
        async def _achat_completion_stream(self, messages: Any, *more: Any, **options: Any) -> str:
            with _call(self.model, len(messages), context):
                return await super()._achat_completion_stream(messages, *more, **options)

        async def _achat_completion(self, messages: Any, *more: Any, **options: Any) -> Any:
            with _call(self.model, len(messages), context):
                return await super()._achat_completion(messages, *more, **options)

        async def _achat_completion_function(self, messages: Any, *more: Any, **options: Any) -> Any:
            with _call(self.model, len(messages), context):
                return await super()._achat_completion_function(messages, *more, **options)

    async def ask_person(_: Any, msg: str, *arguments: Any, **options: Any) -> str:
        return str(await context.ask_async(f"{speaker()}: {msg}" if speaker() else msg))

    register_provider(LLMType.OPENAI)(GatewayLLM)
    HumanProvider.aask = ask_person
    set_llm_stream_logfunc(lambda text: context.token(text, name=speaker()) if text else None)


@contextlib.contextmanager
def _call(model: str, messages: int, context: Context) -> Iterator[None]:
    """A step around one call. MetaGPT's actions try again after every Exception, for minutes; so it must be none."""
    with context.step(model, type="llm", messages=messages):
        try:
            yield
        except openai.APIError as error:
            status = getattr(error, "status_code", None)
            reason = sentence_of(model, error.body, str(error))
            context.fail(reason, failure=failure_of(status, error.code))
