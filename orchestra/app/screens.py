"""Imports the screens, which takes most of a start."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fastapi import FastAPI

from orchestra.services import Services
from orchestra.settings import Settings

Screens = Callable[[FastAPI, Services], None]
"""Adds the screens to an application."""


def import_screens(settings: Settings) -> Screens:
    """What adds the screens to an application. NiceGUI reads the folder of its browser storage when it is imported."""
    os.environ.setdefault("NICEGUI_STORAGE_PATH", str(settings.data_dir / "nicegui"))
    with _as_if_not_installed("aiohttp"):  # engineio's client alone would use it; it is a sixth of the whole start
        from nicegui import ui

        from orchestra_ui.root import RUN_WITH, make_root

    return lambda app, services: ui.run_with(app, root=make_root(services), **RUN_WITH)


@contextmanager
def _as_if_not_installed(module: str) -> Iterator[None]:
    """Let imports of an optional module fail meanwhile, unless it is imported already."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # pyright: ignore[reportArgumentType] - the import system's own word for "is not there"
    try:
        yield
    finally:
        del sys.modules[module]
