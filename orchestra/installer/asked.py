"""Reads what somebody asks to have installed; pure, but for looking whether a file is there."""

from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from orchestra.domain.plugins import OURS, normal_name
from orchestra.errors import Invalid

_SHOWN = 80
_WHEELS = (".whl", ".tar.gz", ".zip")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be installed, as uv and pip understand it; `name` is None for a file whose name is not known yet."""

    text: str
    name: str | None


def package_asked(text: str) -> Asked:
    """A package of the index, such as `orchestra-hello` or `orchestra-hello>=1.2`; Invalid for anything else."""
    try:
        requirement = Requirement(text.strip())
    except InvalidRequirement:
        raise Invalid(
            f"'{text.strip()[:_SHOWN]}' is no name of a package, such as orchestra-hello or hello>=1.2."
        ) from None
    if requirement.url is not None or requirement.marker is not None:
        raise Invalid(f"'{text[:_SHOWN]}' is more than a package and its version. Name those alone.")
    return _not_ours(Asked(str(requirement), normal_name(requirement.name)))


def package_or_file_asked(text: str) -> Asked:
    """The same, or a file or folder on this machine: a wheel, a source archive, a project."""
    path = Path(text).expanduser()
    looks_like_a_path = "/" in text or "\\" in text or text.startswith(".") or text.endswith(_WHEELS)
    if not looks_like_a_path:
        return package_asked(text)
    if path.is_file() and path.name.endswith(_WHEELS):
        name = normal_name(path.name.split("-")[0]) if path.suffix == ".whl" else None
        return _not_ours(Asked(str(path.resolve()), name))
    if (path / "pyproject.toml").is_file():
        return Asked(str(path.resolve()), None)
    raise Invalid(f"There is no wheel, archive or project at '{text[:_SHOWN]}'.")


def _not_ours(asked: Asked) -> Asked:
    if asked.name == OURS:
        raise Invalid("AgentOrchestra itself is not installed this way. Upgrade it with pip or uv.")
    return asked
