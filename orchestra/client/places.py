"""Where the server is: at an address, or wherever the one on a data folder listens just now."""

from pathlib import Path
from urllib.parse import urlsplit

from orchestra import presence
from orchestra.client.errors import Unreachable
from orchestra.client.fields import header_value
from orchestra.errors import Invalid


class Place:
    """A server at an address that stays."""

    can_move = False

    def __init__(self, url: str, key: str | None) -> None:
        self.url = _checked(url)
        self.key = header_value("key", key) if key else None

    def look_again(self) -> bool:
        """Turn to the server that has taken the place of ours; False if none has."""
        return False


class DataFolder(Place):
    """The server that runs on a data folder: after a restart it has another key, and maybe another port."""

    can_move = True

    def __init__(self, folder: Path) -> None:
        found = presence.find(folder)
        if found is None:
            raise Unreachable(f"No server runs on the data folder {folder}. Start one with 'orchestra serve'.")
        super().__init__(found.url, found.key)
        self._folder = folder

    def look_again(self) -> bool:
        found = presence.find(self._folder)
        if found is None or (found.url, found.key) == (self.url, self.key):
            return False
        self.url, self.key = found.url, found.key
        return True


def _checked(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Invalid(f"'{url[:200]}' is no address of a server. Give one such as http://127.0.0.1:3000.")
    return url.rstrip("/")


def folder_or_default(data_dir: Path | None) -> Path:
    """The folder, or the one of the settings."""
    if data_dir is not None:
        return data_dir
    from orchestra.settings import load_settings  # pydantic takes a while to import

    return load_settings().data_dir
