"""Files in the run's own folder, and nowhere else."""

from __future__ import annotations

import os

MAX_READ_CHARACTERS = 200_000
MAX_WRITE_CHARACTERS = 2_000_000
_MAX_LISTED = 1000


class RunFiles:
    """Three tools on one folder; what goes wrong is told to the model as text, so that it can do better."""

    def __init__(self, folder: str) -> None:
        self._folder = os.path.realpath(folder)

    def list_files(self, path: str = ".") -> str:
        """List the files below a folder of the working folder, with their sizes in bytes.

        Args:
            path: the folder, relative to the working folder.
        """
        try:
            top = self._inside(path)
            found: list[str] = []
            for place, folders, names in os.walk(top):
                folders.sort()
                found.extend(self._line(os.path.join(place, name)) for name in sorted(names))
                if len(found) > _MAX_LISTED:
                    found[_MAX_LISTED:] = ["… and more"]
                    break
        except (OSError, ValueError) as error:
            return f"Error: {error}"
        return "\n".join(found) or "There are no files."

    def read_file(self, path: str) -> str:
        """Read a text file of the working folder.

        Args:
            path: the file, relative to the working folder.
        """
        try:
            with open(self._inside(path), encoding="utf-8", errors="replace") as file:
                text = file.read(MAX_READ_CHARACTERS + 1)
        except (OSError, ValueError) as error:
            return f"Error: {error}"
        return text if len(text) <= MAX_READ_CHARACTERS else text[:MAX_READ_CHARACTERS] + "\n… (the file goes on)"

    def write_file(self, path: str, text: str) -> str:
        """Write a text file into the working folder, in place of one that is there.

        Args:
            path: the file, relative to the working folder; folders on the way are made.
            text: what the file is to hold.
        """
        if len(text) > MAX_WRITE_CHARACTERS:
            return f"Error: a file may have {MAX_WRITE_CHARACTERS:,} characters at most."
        try:
            place = self._inside(path)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "w", encoding="utf-8", errors="replace") as file:
                file.write(text)
        except (OSError, ValueError) as error:
            return f"Error: {error}"
        return f"Wrote {len(text):,} characters to {path}."

    def _inside(self, path: str) -> str:
        """The whole path, links followed; ValueError if it leads out of the folder."""
        whole = os.path.realpath(os.path.join(self._folder, path))
        if whole != self._folder and not whole.startswith(self._folder + os.sep):
            raise ValueError(f"'{path[:200]}' is not in the working folder.")
        if os.path.exists(whole) and not os.path.isfile(whole) and not os.path.isdir(whole):
            raise ValueError(f"'{path[:200]}' is no file.")  # a pipe would make its reader wait for ever
        return whole

    def _line(self, path: str) -> str:
        return f"{os.path.relpath(path, self._folder)} ({os.lstat(path).st_size:,} bytes)"
