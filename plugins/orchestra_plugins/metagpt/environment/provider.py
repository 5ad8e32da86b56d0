"""Stands for metagpt/provider/__init__.py in the environment: of MetaGPT's providers, the one for the gateway."""

# MetaGPT is in its own environment, not in ours.
# pyright: reportMissingImports=false

from metagpt.provider.human_provider import HumanProvider
from metagpt.provider.openai_api import OpenAILLM

__all__ = ["HumanProvider", "OpenAILLM"]
