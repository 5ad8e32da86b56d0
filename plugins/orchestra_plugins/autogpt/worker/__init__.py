"""AutoGPT's worker half: runs in the environment of the locks beside it, loaded by path as a package of its own."""

# What AutoGPT stands on is imported ahead; AutoGPT itself reads its folder and settings when it is imported, so that
# waits until there is a run. NumPy would start threads at import, which no process with a fork to come may have.
# pyright: reportMissingImports=false, reportMissingModuleSource=false

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import bs4  # noqa: F401
import dotenv  # noqa: F401
import numpy  # noqa: F401
import openai  # noqa: F401
import orjson  # noqa: F401
import regex  # noqa: F401
import requests  # noqa: F401

from .run import run

__all__ = ["run"]
