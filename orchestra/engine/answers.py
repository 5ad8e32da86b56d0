"""Writes answers to where a worker looks for them, beside its journal: each once, and whole."""

import contextlib
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from orchestra.errors import Unavailable
from orchestra.worker import protocol


def answer_path(journal: Path, question_id: str) -> Path:
    return journal / protocol.ANSWERS / f"{question_id}.json"


def write_answer(journal: Path, question_id: str, content: Mapping[str, Any]) -> bool:
    """Write the answer; False if there is one, or the worker has given up waiting.

    Unavailable if it cannot be written. The folder is the guest's, so nothing in it is followed or overwritten.
    """
    path = answer_path(journal, question_id)
    part = path.with_name(f".{uuid.uuid4().hex}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.parent.is_symlink():
            raise NotADirectoryError(f"{path.parent} is a link")
        with _exclusively(part) as file:
            file.write(orjson.dumps(content))
        os.link(part, path)  # and not a rename, which would replace what is there
    except FileExistsError:
        return False
    except OSError as error:
        raise Unavailable(f"The answer could not be written ({error.strerror or error}). Try again.") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    return True


def _exclusively(path: Path) -> Any:
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0)
    return os.fdopen(os.open(path, flags, 0o600), "wb")
