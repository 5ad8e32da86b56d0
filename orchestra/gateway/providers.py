"""The models that can be asked, by name."""

import threading
from collections.abc import Mapping
from pathlib import Path

from orchestra.errors import Invalid
from orchestra.gateway.errors import CallError, bad_request
from orchestra.gateway.script_parsing import parse_script
from orchestra.gateway.scripted import ScriptedModel
from orchestra_storage.haste import refuse_haste

SCRIPTLESS = "scripted"


class Models:
    """One scripted model for each script, and one without; may be used from any thread."""

    def __init__(self, scripts: Mapping[str, Path]) -> None:
        self._scripts = dict(scripts)
        self._lock = threading.Lock()
        self._loaded = {SCRIPTLESS: ScriptedModel(SCRIPTLESS, None)}

    def offer(self, scripts: Mapping[str, Path]) -> None:
        """Have these scripts from now on, and no others; models that are answering go on."""
        with self._lock:
            changed = [name for name, path in self._scripts.items() if scripts.get(name) != path]
            for name in changed:
                self._loaded.pop(name, None)
            self._scripts = dict(scripts)

    def names(self) -> list[str]:
        return sorted({SCRIPTLESS, *self._scripts})

    def get(self, name: str) -> ScriptedModel:
        """The model of that name, its script read on first use; a CallError if there is none, or its script is broken.

        May read a file.
        """
        with self._lock:
            if name not in self._loaded:
                refuse_haste()
                self._loaded[name] = self._load(name)
            return self._loaded[name]

    def _load(self, name: str) -> ScriptedModel:
        path = self._scripts.get(name)
        if path is None:
            known = ", ".join(self.names())
            raise CallError(404, f"There is no model '{name[:100]}'. There are: {known}.", "model_not_found", "model")
        try:
            return ScriptedModel(name, parse_script(path.read_text("utf-8"), name))
        except Invalid as error:
            message = error.message
        except (OSError, ValueError) as error:
            message = f"its script cannot be read: {getattr(error, 'strerror', None) or error}"
        # 400, not 500: asking again does not help, and frameworks would.
        raise bad_request(f"The model '{name}' cannot be used: {message}", "model", "broken_script")
