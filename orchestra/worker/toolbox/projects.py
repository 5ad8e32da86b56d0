"""Imports things from a user's project: `module:name`, or `path/file.py:name`, in a folder of theirs."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import sysconfig
from types import ModuleType
from typing import Any


def load(reference: str, folder: str) -> Any:
    """What the reference names; its module's code is run. ValueError, with a sentence, if it cannot be found."""
    place, colon, name = reference.rpartition(":")
    if not colon or not place or not all(part.isidentifier() for part in name.split(".")):
        raise ValueError(f"'{reference[:200]}' must read module:name or file.py:name.")
    root = place_of(folder)
    if not root or not os.path.isdir(root):
        raise ValueError(f"The project's folder '{folder[:200]}' is not there; '{reference[:200]}' is to come from it.")
    found: Any = _module(place, root)
    for part in name.split("."):
        if not hasattr(found, part):
            raise ValueError(f"There is no '{name[:100]}' in '{place[:200]}'.")
        found = getattr(found, part)
    return found


def place_of(folder: str) -> str:
    """The whole path of a user's folder: its `~` is their home, while `HOME` is the run's folder here. None is none."""
    if folder == "~" or folder.startswith("~/"):
        try:
            import pwd

            folder = pwd.getpwuid(os.getuid()).pw_dir + folder[1:]
        except (ImportError, KeyError):
            pass  # no such system, or a user without an entry
    return os.path.realpath(os.path.expanduser(folder)) if folder else ""


def _module(place: str, root: str) -> ModuleType:
    sys.dont_write_bytecode = True  # a project's folder is its owner's: nothing is left there
    make_importable(root)
    make_importable(os.path.join(root, "src"))
    _add_own_packages(root)
    if not place.endswith(".py"):
        return importlib.import_module(place)
    path = os.path.realpath(os.path.join(root, place))
    if not path.startswith(root + os.sep) or not os.path.isfile(path):
        raise ValueError(f"There is no file '{place[:200]}' in the project's folder.")
    package, name = _home_of(path)
    make_importable(package)
    return importlib.import_module(name) if "." in name else _from_file(name, path)


def make_importable(folder: str) -> None:
    """Put a folder behind the standard library and before what is installed: it can shadow nothing of Python's own."""
    if not os.path.isdir(folder) or folder in sys.path:
        return
    installed = {sysconfig.get_paths()["purelib"], sysconfig.get_paths()["platlib"]}
    places = [index for index, path in enumerate(sys.path) if path in installed]
    sys.path.insert(places[0] if places else len(sys.path), folder)


def _add_own_packages(root: str) -> None:
    """Find what the project has installed in a `.venv` of its own, for this very Python, behind what is here.

    Behind, so that the framework stays the one that was tested; it can add packages, and replace none.
    """
    here = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    place = os.path.join(root, ".venv", "lib", here, "site-packages")
    if os.path.isdir(place) and place not in sys.path:
        sys.path.append(place)


def _home_of(path: str) -> tuple[str, str]:
    """The folder that a file's package lies in, and its true dotted name, so that relative imports work."""
    folder, name = os.path.split(path)
    parts = [] if name == "__init__.py" else [name[: -len(".py")]]
    while os.path.exists(os.path.join(folder, "__init__.py")):
        folder, last = os.path.split(folder)
        parts.insert(0, last)
    return folder, ".".join(parts)


def _from_file(name: str, path: str) -> ModuleType:
    """By its path: a script may be called like a module of Python's own, or like one that is installed."""
    if name in sys.modules and getattr(sys.modules[name], "__file__", None) == path:
        return sys.modules[name]
    key = name if name not in sys.modules and name not in getattr(sys, "stdlib_module_names", ()) else f"project_{name}"
    spec = importlib.util.spec_from_file_location(key, path)
    if spec is None or spec.loader is None:
        raise ValueError(f"'{os.path.basename(path)}' is no file that Python can import.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[key] = module
    spec.loader.exec_module(module)
    return module
