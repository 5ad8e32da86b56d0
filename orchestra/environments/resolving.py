"""Resolves further packages against a framework's lock, whose versions stay, into one lock with hashes."""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from orchestra.domain.packages import DerivedFramework, folder_of
from orchestra.environments.locks import Pin, entries_of, pins_of
from orchestra.environments.uv_output import conflict_in, sentence_for
from orchestra.errors import Unavailable

Uv = Callable[[Sequence[str]], tuple[int, Sequence[str]]]
"""Runs uv with these arguments; its exit code and what it said."""

_LEFT_OUT = shutil.ignore_patterns(".*", "node_modules", "__pycache__", "build", "dist", "*.egg-info")


class Resolving:
    """One resolution for one Python; `aside` is for what is made on the way, `keep` for the wheels that stay."""

    def __init__(
        self, framework: DerivedFramework, minor: str, interpreter: Path, aside: Path, keep: Path, uv: Uv
    ) -> None:
        self._framework = framework
        self._minor = minor
        self._interpreter = interpreter
        self._aside = aside
        self._keep = keep
        self._uv = uv

    def run(self) -> str:
        """The text of the lock; Unavailable, naming both sides, if the packages do not go together."""
        base = self._framework.base.lock_for(self._minor)
        if base is None:
            raise Unavailable(f"{self._framework.base.title} has no lock for Python {self._minor}.")
        lock = base.read_text()
        pins = {pin.name: pin for pin in pins_of(lock, self._minor) if pin.applies}
        later = self._pins_of_second_step()
        wanted = [one for text in self._framework.packages if (one := self._asked(text, {**pins, **later}))]
        extra = self._resolved(pins, wanted) if wanted else ""
        return f"{lock.rstrip()}\n{extra}"

    def _pins_of_second_step(self) -> dict[str, Pin]:
        step = self._framework.base.second_step
        return {} if step is None else {pin.name: pin for pin in pins_of(step.read_text(), self._minor)}

    def _asked(self, text: str, pins: dict[str, Pin]) -> str | None:
        """The requirement as uv gets it; None if the framework's environment meets it already."""
        requirement = Requirement(text)
        pin = pins.get(canonicalize_name(requirement.name))
        if requirement.url is not None:
            if pin is not None:
                raise Unavailable(
                    f"The project brings {requirement.name} itself, and {self._framework.base.title} has {pin.name} "
                    f"{pin.version}, which its own packages need. Give the project's another name."
                )
            return self._wheel_of(requirement)
        if pin is None or (requirement.extras and requirement.specifier.contains(pin.version, prereleases=True)):
            return text
        if requirement.marker is not None and not requirement.marker.evaluate({"python_version": self._minor}):
            return None
        if not requirement.specifier.contains(pin.version, prereleases=True):
            raise Unavailable(
                f"The project asks for {requirement.name}{requirement.specifier}, and {self._framework.base.title} is "
                f"tested with {pin.name} {pin.version}, so they cannot share an environment. Let the project take that "
                "version, or leave the package out."
            )
        return None

    def _wheel_of(self, requirement: Requirement) -> str:
        """A wheel that is built from a copy of the project's folder, which stays as it is."""
        folder = folder_of(requirement.url or "")
        if folder is None or not folder.is_dir():
            raise Unavailable(f"The folder of {requirement.name} is not there: {str(folder or requirement.url)[:200]}.")
        copied, built = self._aside / "source" / requirement.name, self._aside / "built" / requirement.name
        shutil.copytree(folder, copied, ignore=_LEFT_OUT, symlinks=True)
        code, said = self._uv(
            ("build", "--wheel", "--python", str(self._interpreter), "--out-dir", str(built), str(copied))
        )
        wheels = list(built.glob("*.whl"))
        if code != 0 or not wheels:
            raise Unavailable(sentence_for(f"the project's {requirement.name}", said))
        if canonicalize_name(requirement.name) != parse_wheel_filename(wheels[0].name)[0]:
            raise Unavailable(f"The folder {folder} holds another package than {requirement.name}.")
        digest = hashlib.sha256(wheels[0].read_bytes()).hexdigest()
        kept = self._keep / digest[:12] / wheels[0].name
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(wheels[0], kept)
        extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
        return f"{requirement.name}{extras} @ {kept.as_uri()}"

    def _resolved(self, pins: dict[str, Pin], wanted: Sequence[str]) -> str:
        """The entries that the framework's lock lacks."""
        asked, answer = self._aside / "packages.in", self._aside / "packages.lock"
        fixed = [f"{pin.name}=={pin.version}" for pin in pins.values()]
        asked.write_text("\n".join([*fixed, *wanted]) + "\n")
        options = ("--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links")
        arguments = ("pip", "compile", *options, "--python", str(self._interpreter), "-o", str(answer), str(asked))
        code, said = self._uv((*arguments, "--offline"))
        if code != 0:
            code, said = self._uv(arguments)
        if code != 0:
            raise Unavailable(self._sentence(said))
        return "".join(f"{entry}\n" for name, entry in entries_of(answer.read_text()) if name not in pins)

    def _sentence(self, said: Sequence[str]) -> str:
        why = conflict_in(said)
        if why is None:
            return sentence_for(self._framework.title, said)
        return (
            f"The project's packages ({', '.join(self._framework.packages)[:300]}) do not go together with those of "
            f"{self._framework.base.title}: {why} Change what the project asks for."
        )
