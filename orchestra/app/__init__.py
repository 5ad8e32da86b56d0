"""Composition root: settings in, running application out; the only place where the parts meet."""

from orchestra.app.application import Application, create_application
from orchestra.app.keys import open_keys

__all__ = ["Application", "create_application", "open_keys"]
