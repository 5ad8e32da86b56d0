"""Where environments lie: below the data folder, with all that belongs to them.

The names that begin with a dot are no environment's. uv's cache lies here too, and not where uv keeps it by itself:
only on one file system can an environment share its files with the cache, and so with its neighbours; the total that
is shown is all there is; and who deletes the data folder has deleted everything.
"""

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    """The folder `environments` of a data folder."""

    root: Path

    @staticmethod
    def of(data_dir: Path) -> "Layout":
        return Layout(data_dir / "environments")

    @property
    def cache(self) -> Path:
        return self.root / ".cache"

    @property
    def building(self) -> Path:
        """Environments that are not finished; what lies here when a server starts is rubbish."""
        return self.root / ".building"

    @property
    def removed(self) -> Path:
        """What is being deleted."""
        return self.root / ".removed"

    @property
    def pythons(self) -> Path:
        """Pythons that uv has downloaded."""
        return self.root / ".pythons"

    @property
    def derived(self) -> Path:
        """What was resolved for environments with further packages, a folder for each."""
        return self.root / ".derived"

    def log(self, framework: str) -> Path:
        """What was said while the framework was built the last time."""
        return self.root / ".logs" / f"{framework}.log"


def python_in(environment: Path) -> Path:
    """The interpreter of an environment."""
    return environment / "Scripts" / "python.exe" if sys.platform == "win32" else environment / "bin" / "python"


def packages_in(environment: Path) -> Path | None:
    """The folder `site-packages` of an environment; None if it has none."""
    pattern = "Lib/site-packages" if sys.platform == "win32" else "lib/python3.*/site-packages"
    return next(iter(environment.glob(pattern)), None)
