"""Imports functionz with a database in memory, and nothing of it on the disk."""

# babyagi is in its own environment, not in ours.
# pyright: reportMissingImports=false

from __future__ import annotations

import contextlib
import importlib
import io
import os
import tempfile
from collections.abc import Iterator
from typing import Any

import sqlalchemy
from sqlalchemy.pool import StaticPool


def loaded() -> Any:
    """The package `babyagi`, with its default functions; once for each process."""
    with _in_passing_folder(), _in_memory(), quiet():
        package = importlib.import_module("babyagi")
        package.load_functions("drafts/react_agent")
    return package


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """It prints what it registers, and its encryption key."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield


@contextlib.contextmanager
def _in_passing_folder() -> Iterator[None]:
    """Where it writes the key that it encrypts secrets with, which are kept in memory here."""
    folder = os.getcwd()  # noqa: PTH109 - as it is, to go back to
    with tempfile.TemporaryDirectory(prefix="functionz-") as passing:
        os.chdir(passing)
        try:
            yield
        finally:
            os.chdir(folder)


@contextlib.contextmanager
def _in_memory() -> Iterator[None]:
    """One database for all its instances: packs register their functions at one of them, and run at another."""
    original = sqlalchemy.create_engine
    engine = original("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    sqlalchemy.create_engine = lambda *_, **__: engine
    try:
        yield
    finally:
        sqlalchemy.create_engine = original
