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


def tell_where_to_keep(settings: Settings) -> None:
    """Name the folder of NiceGUI's browser storage, which it reads when it is imported.

    Before there are threads: the C library's environment must not be written while any other thread may read it.
    """
    os.environ.setdefault("NICEGUI_STORAGE_PATH", str(settings.data_dir / "nicegui"))


def import_screens() -> Screens:
    """What adds the screens to an application."""
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
