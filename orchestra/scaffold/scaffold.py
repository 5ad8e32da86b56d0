"""Writes the files of a new plugin from the templates beside it."""

import re
import shutil
from pathlib import Path
from string import Template

from orchestra.errors import Conflict, Invalid, Unavailable

_ID = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_FILES = Path(__file__).with_name("files")
_PLACES = {
    "pyproject.toml.txt": "pyproject.toml",
    "README.md.txt": "README.md",
    "init.py.txt": "{module}/__init__.py",
    "worker.py.txt": "{module}/worker.py",
    "hello.yaml.txt": "{module}/templates/hello.yaml",
    "test_plugin.py.txt": "tests/test_plugin.py",
}


def write_plugin(name: str, parent: Path) -> Path:
    """The folder of a new plugin for a framework of that id, below `parent`; Invalid or Conflict if it cannot be."""
    if not _ID.fullmatch(name):
        raise Invalid(
            f"'{name[:60]}' is no name for a plugin: lower case letters, digits, '-' and '_', a letter first."
        )
    words = _words(name)
    target = parent / words["distribution"]
    if target.exists():
        raise Conflict(f"'{target}' is there already. Choose another name, or another folder.")
    try:
        for file, place in _PLACES.items():
            path = target / place.format(**words)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(Template((_FILES / file).read_text("utf-8")).substitute(words), encoding="utf-8")
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        raise Unavailable(f"'{target}' could not be written: {error.strerror or error}.") from error
    return target


def _words(id: str) -> dict[str, str]:
    plain = re.sub(r"[-_]+", "-", id).strip("-")
    title = plain.replace("-", " ").capitalize()
    return {
        "id": id,
        "title": title,
        "distribution": f"orchestra-{plain}",
        "module": f"orchestra_{plain.replace('-', '_')}",
    }
